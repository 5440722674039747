import { useQueries } from '@tanstack/react-query';
import type { Schema } from '../../../api/client';
import type { Point } from './chart';
import { valuesQuery } from './queries';
import type { Range } from './range';

/** What is counted of an organisation, day by day. */
export const counted = [
  'memberships_active',
  'memberships_joined',
  'applications_in_review',
  'applications_submitted',
  'applications_passed_first_review',
  'applications_approved',
  'applications_returned',
  'applications_rejected',
  'applications_withdrawn',
  'activities_published',
  'attendances',
  'credited_minutes',
] as const;
export type Counted = (typeof counted)[number];

export type Numbers = Record<
  Counted,
  { metric: Schema<'Metric'>; points: readonly Point[]; freshness: readonly Schema<'Freshness'>[] }
>;

/** Everything that is counted of an organisation and what is below it; nothing until all of it is there. */
export function useNumbers(organisationId: string, { fromDay, toDay }: Range) {
  return useQueries({
    queries: counted.map((metric) => valuesQuery({ metric, breakdown: 'DAY', fromDay, toDay, organisationId })),
    combine: (answers) => {
      const numbers: Partial<Numbers> = {};
      answers.forEach(({ data }, index) => {
        const name = counted[index];
        if (name && data?.metric)
          numbers[name] = {
            metric: data.metric,
            points: data.values.map(({ key, value }) => ({ key, value: Number(value) })),
            freshness: data.freshness,
          };
      });
      const complete = counted.every((name) => numbers[name]);
      return {
        numbers: complete ? (numbers as Numbers) : undefined,
        error: answers.find(({ error }) => error)?.error,
        retry: () => void Promise.all(answers.filter(({ error }) => error).map(({ refetch }) => refetch())),
      };
    },
  });
}
