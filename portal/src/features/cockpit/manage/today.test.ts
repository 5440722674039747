import { expect, test } from 'vitest';
import { dayInChina, plusDays } from './today';

test('a day begins when it begins in China', () => {
  expect(dayInChina(Date.parse('2026-11-22T15:59:59Z'))).toBe('2026-11-22');
  expect(dayInChina(Date.parse('2026-11-22T16:00:00Z'))).toBe('2026-11-23');
});

test('days are counted over months and leap years', () => {
  expect(plusDays('2028-02-28', 1)).toBe('2028-02-29');
  expect(plusDays('2026-01-01', -1)).toBe('2025-12-31');
});
