import { expect, test } from 'vitest';
import { rowsOf, share, sorted, total, type Column } from './statistics';

const answers: Record<Column, { key: string; label: string; value: string }[]> = {
  submitted: [
    { key: 'a', label: '甲', value: '10' },
    { key: 'b', label: '乙', value: '4' },
  ],
  passed: [{ key: 'a', label: '甲', value: '8' }],
  approved: [{ key: 'a', label: '甲', value: '3' }],
  returned: [],
  rejected: [{ key: 'a', label: '甲', value: '1' }],
  withdrawn: [],
  waiting: [
    { key: 'b', label: '乙', value: '4' },
    { key: 'c', label: '丙', value: '1' },
  ],
};

test('every organisation that any answer names has one row, and the rows add up', () => {
  const rows = rowsOf(answers);
  expect(rows.map((row) => row.organisationId)).toEqual(['a', 'b', 'c']);
  expect(rows[1]?.counts).toMatchObject({ submitted: 4, passed: 0, waiting: 4 });
  expect(total(rows)).toEqual({
    submitted: 14,
    passed: 8,
    approved: 3,
    returned: 0,
    rejected: 1,
    withdrawn: 0,
    waiting: 5,
  });
});

test('the share is of what was decided, and nothing while nothing was', () => {
  const [first, second] = rowsOf(answers);
  expect(first && share(first.counts)).toBe(0.75);
  expect(second && share(second.counts)).toBeUndefined();
});

test('rows go by any column both ways, those without a share last', () => {
  const rows = rowsOf(answers);
  const ids = (by: Parameters<typeof sorted>[1]) =>
    sorted(rows, by)
      .map((row) => row.organisationId)
      .join('');
  expect(ids({ by: 'submitted', down: true })).toBe('abc');
  expect(ids({ by: 'waiting', down: false })).toBe('acb');
  expect(ids({ by: 'share', down: true })[0]).toBe('a');
  expect(ids({ by: 'share', down: false })[0]).toBe('a');
  expect(ids({ by: 'name', down: true })).toBe(
    Array.from(ids({ by: 'name', down: false }))
      .reverse()
      .join(''),
  );
});
