/** What is counted of applications, by organisation. */
export const columns = [
  { name: 'submitted', metric: 'applications_submitted' },
  { name: 'passed', metric: 'applications_passed_first_review' },
  { name: 'approved', metric: 'applications_approved' },
  { name: 'returned', metric: 'applications_returned' },
  { name: 'rejected', metric: 'applications_rejected' },
  { name: 'withdrawn', metric: 'applications_withdrawn' },
  { name: 'waiting', metric: 'applications_in_review' },
] as const;
export type Column = (typeof columns)[number]['name'];

export type Counts = Record<Column, number>;

export interface Row {
  organisationId: string;
  name: string;
  counts: Counts;
}

const none = (): Counts => ({
  submitted: 0,
  passed: 0,
  approved: 0,
  returned: 0,
  rejected: 0,
  withdrawn: 0,
  waiting: 0,
});

/** The answers, one for each column, put together to one row an organisation. */
export function rowsOf(
  answers: Readonly<Record<Column, readonly { key: string; label: string; value: string }[]>>,
): Row[] {
  const rows = new Map<string, Row>();
  for (const { name: column } of columns) {
    for (const { key, label, value } of answers[column]) {
      const row = rows.get(key) ?? { organisationId: key, name: label, counts: none() };
      row.counts[column] = Number(value);
      rows.set(key, row);
    }
  }
  return [...rows.values()];
}

/** All rows together. */
export function total(rows: readonly Row[]): Counts {
  const all = none();
  for (const { counts } of rows) for (const { name } of columns) all[name] += counts[name];
  return all;
}

/** Of those that were decided, how many were approved; nothing while none was. */
export function share({ approved, rejected }: Counts): number | undefined {
  return approved + rejected > 0 ? approved / (approved + rejected) : undefined;
}

export type SortKey = Column | 'name' | 'share';
export interface Sort {
  by: SortKey;
  down: boolean;
}

/** In the order of a column; what has no share comes last either way, and equals stay in the order of their names. */
export function sorted(rows: readonly Row[], { by, down }: Sort): Row[] {
  const byName = (a: Row, b: Row) => a.name.localeCompare(b.name, 'zh');
  if (by === 'name') return rows.toSorted((a, b) => (down ? byName(b, a) : byName(a, b)));
  const valueOf = ({ counts }: Row) => (by === 'share' ? share(counts) : counts[by]);
  return rows.toSorted((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === undefined || right === undefined)
      return Number(left === undefined) - Number(right === undefined) || byName(a, b);
    return (down ? right - left : left - right) || byName(a, b);
  });
}
