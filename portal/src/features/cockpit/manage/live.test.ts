import { expect, test } from 'vitest';
import { pause } from './live';

test('attempts come later each time, never at once and never later than half a minute', () => {
  expect(pause(1, 0)).toBe(500);
  expect(pause(1, 1)).toBe(1000);
  expect(pause(4, 1)).toBe(8000);
  expect(pause(60, 1)).toBe(30_000);
});
