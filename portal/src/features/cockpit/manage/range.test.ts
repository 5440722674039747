import { expect, test } from 'vitest';
import { rangeOf } from './range';

const of = (search: string) => rangeOf(new URLSearchParams(search), '2026-11-22');

test('a year, unless something else is asked for', () => {
  expect(of('')).toEqual({ fromDay: '2025-11-23', toDay: '2026-11-22', days: 365 });
  expect(of('days=90')).toEqual({ fromDay: '2026-08-25', toDay: '2026-11-22', days: 90 });
  expect(of('days=7')).toMatchObject({ days: 365 });
});

test("days of one's own are kept within what can be counted", () => {
  expect(of('from=2026-01-01&to=2026-02-01')).toEqual({ fromDay: '2026-01-01', toDay: '2026-02-01', days: 0 });
  expect(of('from=2026-03-01&to=2026-02-01')).toMatchObject({ fromDay: '2026-02-01', toDay: '2026-02-01' });
  expect(of('from=1999-01-01&to=2030-01-01')).toMatchObject({ fromDay: '2023-11-18', toDay: '2026-11-22' });
  expect(of('from=2026-99-99&to=x')).toMatchObject({ days: 365 });
});
