import { expect, test } from 'vitest';
import { lagOf } from './lag';

const source = (name: string, applied: number, head: number, quarantined: number, lastFactAt?: string) => ({
  source: name,
  appliedPosition: String(applied),
  headPosition: String(head),
  quarantined: String(quarantined),
  behindSeconds: '0',
  ...(lastFactAt && { lastFactAt }),
});

test('only the sources of a number tell how fresh it is', () => {
  const all = [
    source('membership', 10, 12, 0, '2026-01-02T00:00:00Z'),
    source('events', 5, 5, 0, '2026-01-03T00:00:00Z'),
  ];
  expect(lagOf(all, ['events'])).toEqual({ behind: 0, lastFactAt: '2026-01-03T00:00:00Z' });
  expect(lagOf(all, ['membership'])).toEqual({ behind: 2, lastFactAt: '2026-01-02T00:00:00Z' });
});

test('what waits for a mend is not counted, and a head that lags is no debt', () => {
  expect(lagOf([source('identity', 9, 8, 1)], ['identity'])).toEqual({ behind: 1, lastFactAt: undefined });
});
