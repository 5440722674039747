import { expect, test } from 'vitest';
import { byMonth, sum } from './months';

const days = [
  { key: '2026-01-30', value: 2 },
  { key: '2026-01-31', value: 3 },
  { key: '2026-02-01', value: 4 },
];

test('what happened adds up by month, what is there counts as at the last day', () => {
  expect(byMonth(days, false)).toEqual([
    { key: '2026-01', value: 5 },
    { key: '2026-02', value: 4 },
  ]);
  expect(byMonth(days, true)).toEqual([
    { key: '2026-01', value: 3 },
    { key: '2026-02', value: 4 },
  ]);
  expect(sum(days)).toBe(9);
  expect(byMonth([], true)).toEqual([]);
});
