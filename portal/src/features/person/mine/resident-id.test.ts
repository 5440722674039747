import { expect, test } from 'vitest';
import { residentIdRight } from './resident-id';

test('the last character has to fit', () => {
  expect(residentIdRight('119901199003070013')).toBe(true);
  expect(residentIdRight(' 11990119920918004x ')).toBe(true);
  expect(residentIdRight('119901 1990 0307 0013')).toBe(true);
  expect(residentIdRight('１１９９０１１９９００３０７００１３')).toBe(true);
  expect(residentIdRight('119901199003070031')).toBe(false);
  expect(residentIdRight('119901900307001')).toBe(false);
  expect(residentIdRight('')).toBe(false);
});
