import { plusDays } from './today';

/** Periods that are chosen with one click, in days back from today. */
export const spans = [90, 365, 1095] as const;

/** No longer period is counted by the platform. */
const longest = 1100;

export interface Range {
  fromDay: string;
  toDay: string;
  /** 0: from one day to another. */
  days: number;
}

const isDay = (text: string | null): text is string =>
  /^\d{4}-\d{2}-\d{2}$/.test(text ?? '') && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));

/** What an address asks for, in China's days; what makes no sense is mended, not refused. */
export function rangeOf(search: URLSearchParams, today: string): Range {
  const from = search.get('from');
  const to = search.get('to');
  if (isDay(from) && isDay(to)) {
    const toDay = to > today ? today : to;
    const earliest = plusDays(toDay, -longest);
    return { fromDay: from > toDay ? toDay : from < earliest ? earliest : from, toDay, days: 0 };
  }
  const days = spans.find((span) => String(span) === search.get('days')) ?? 365;
  return { fromDay: plusDays(today, 1 - days), toDay: today, days };
}
