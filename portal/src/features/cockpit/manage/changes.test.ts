import { expect, test } from 'vitest';
import type { Schema } from '../../../api/client';
import { changesBetween, kept, type Change } from './changes';

const overview = (value: number): Schema<'Overview'> => ({
  figures: [{ metric: 'm', titleZh: '会', titleEn: 'm', unit: 'people', value: String(value), today: '0' }],
  funnel: [],
  provinces: [],
  societies: [],
  freshness: [],
});

test('tells what moved, and nothing when nothing did', () => {
  expect(changesBetween(undefined, overview(5), [], 'a')).toEqual([]);
  expect(changesBetween(overview(5), overview(5), [], 'a')).toEqual([]);
  expect(changesBetween(overview(5), overview(8), [], 'a')).toMatchObject([{ delta: 3 }]);
  expect(changesBetween(overview(8), overview(7), [], 'a')).toMatchObject([{ delta: -1 }]);
});

test('never keeps more than a screen can show', () => {
  let told: Change[] = [];
  for (let value = 0; value < 100; value++)
    told = changesBetween(overview(value), overview(value + 1), told, String(value));
  expect(told).toHaveLength(kept);
  expect(told[0]?.figure.value).toBe('100');
});
