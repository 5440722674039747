import type { Schema } from '../../../api/client';

/** How much of what some sources have told is not counted yet, and when the last counted fact happened. */
export function lagOf(
  freshness: readonly Schema<'Freshness'>[],
  sources: readonly string[],
): { behind: number; lastFactAt: string | undefined } {
  const known = freshness.filter((source) => sources.includes(source.source));
  return {
    behind: known.reduce(
      (sum, source) =>
        sum + Math.max(0, Number(source.headPosition) - Number(source.appliedPosition)) + Number(source.quarantined),
      0,
    ),
    lastFactAt:
      known
        .map((source) => source.lastFactAt ?? '')
        .toSorted()
        .at(-1) || undefined,
  };
}
