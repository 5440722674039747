import type { Point } from './chart';

/** Days put together to months: what happened adds up, what is there counts as at the last day. */
export function byMonth(days: readonly Point[], stock: boolean): Point[] {
  const months = new Map<string, number>();
  for (const { key, value } of days) {
    const month = key.slice(0, 7);
    months.set(month, stock ? value : (months.get(month) ?? 0) + value);
  }
  return [...months].map(([key, value]) => ({ key, value }));
}

export const sum = (days: readonly Point[]): number => days.reduce((all, day) => all + day.value, 0);
