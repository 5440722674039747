import { expect, test } from 'vitest';
import { addressOf, changeOf, ofMetric, questionOf, within } from './question';

const today = '2026-11-30';

test('an address leads back to its question', () => {
  const asked = questionOf(
    new URLSearchParams(
      'metric=attendances&by=province&by=gender&filter=activity_kind%3DLECTURE%2CTRAINING&from=2025-01-01&to=2025-12-31&grain=MONTH&compare=PREVIOUS_YEAR',
    ),
    today,
  );
  expect(asked).toEqual({
    metric: 'attendances',
    groupBy: ['province', 'gender'],
    filters: [{ dimension: 'activity_kind', values: ['LECTURE', 'TRAINING'] }],
    fromDay: '2025-01-01',
    toDay: '2025-12-31',
    grain: 'MONTH',
    compare: 'PREVIOUS_YEAR',
  });
  expect(questionOf(addressOf(asked), today)).toEqual(asked);
});

test('what makes no sense is left out', () => {
  const asked = questionOf(
    new URLSearchParams('filter=gender&filter==x&by=a&by=a&by=b&by=c&from=2030-01-01&to=9999-99-99&grain=HOUR'),
    today,
  );
  expect(asked).toEqual({
    metric: 'memberships_active',
    groupBy: ['a', 'b'],
    filters: [],
    fromDay: '2026-01-01',
    toDay: today,
    grain: '',
    compare: '',
  });
});

test('another metric keeps what it has', () => {
  const asked = questionOf(new URLSearchParams('by=category&by=gender&filter=category=STUDENT'), today);
  const other = ofMetric(asked, 'attendances', ['gender', 'province']);
  expect(other.groupBy).toEqual(['gender']);
  expect(other.filters).toEqual([]);
});

test('a group is looked into by a filter in the place of its dimension', () => {
  const asked = questionOf(new URLSearchParams('by=province&by=gender&filter=province=110000,310000'), today);
  const inside = within(asked, 'province', '310000');
  expect(inside.groupBy).toEqual(['gender']);
  expect(inside.filters).toEqual([{ dimension: 'province', values: ['310000'] }]);
});

test('a change is a share of what was before', () => {
  expect(changeOf(150, 100)).toBe(0.5);
  expect(changeOf(5, 0)).toBeUndefined();
});
