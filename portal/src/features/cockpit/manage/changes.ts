import type { Schema } from '../../../api/client';

/** One figure that moved, as the ticker tells it. */
export interface Change {
  id: string;
  at: string;
  figure: Schema<'OverviewFigure'>;
  delta: number;
}

/** So many are kept: a wall that runs for weeks stays as small as it began. */
export const kept = 12;

/** What moved between two overviews, newest first, before what was told already. */
export function changesBetween(
  before: Schema<'Overview'> | undefined,
  now: Schema<'Overview'>,
  told: readonly Change[],
  at: string,
): Change[] {
  if (!before) return [...told];
  const known = new Map(before.figures.map((figure) => [figure.metric, Number(figure.value)]));
  const fresh = now.figures.flatMap((figure) => {
    const delta = Number(figure.value) - (known.get(figure.metric) ?? Number(figure.value));
    return delta === 0 ? [] : [{ id: `${at}/${figure.metric}/${figure.value}`, at, figure, delta }];
  });
  return fresh.length === 0 ? (told as Change[]) : [...fresh, ...told].slice(0, kept);
}
