import { expect, test } from 'vitest';
import { pause } from './live';

test('each attempt waits longer than the one before, up to a minute, and not all pages at the same moment', () => {
  expect(pause(1, 0)).toBe(1000);
  expect(pause(1, 1)).toBe(2000);
  expect(pause(4, 1)).toBe(16_000);
  expect(pause(40, 1)).toBe(60_000);
  expect(pause(40, 0)).toBe(30_000);
});
