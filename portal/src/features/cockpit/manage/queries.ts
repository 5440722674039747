import { queryOptions, type QueryKey } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';

export const metricsQuery = queryOptions({
  queryKey: ['cockpit', 'metrics'],
  queryFn: async () => (await answer(api.GET('/v1/cockpit/metrics'))).metrics,
  staleTime: 300_000,
});

export const overviewQuery = queryOptions({
  queryKey: ['cockpit', 'overview'],
  queryFn: () => answer(api.GET('/v1/cockpit/overview')),
});

/** What is asked of a metric: days in China, both included. */
export interface Question {
  metric: string;
  breakdown: Exclude<Schema<'QueryMetricRequestBreakdown'>, 'BREAKDOWN_UNSPECIFIED'>;
  fromDay: string;
  toDay: string;
  organisationId?: string;
  provinceCode?: string;
}

export const valuesQuery = ({ metric, ...query }: Question) =>
  queryOptions({
    queryKey: ['cockpit', 'values', metric, query],
    queryFn: () => answer(api.GET('/v1/cockpit/metrics/{metric}/values', { params: { path: { metric }, query } })),
    staleTime: 60_000,
    refetchInterval: 300_000,
  });

/** Whether a query is about what the overview sums up: when the overview changes, its answer may be out of date. */
export const followsOverview = ({ queryKey }: { queryKey: QueryKey }): boolean =>
  queryKey[0] === 'cockpit' && (queryKey[1] === 'values' || queryKey[1] === 'province');

export const planQuery = queryOptions({
  queryKey: ['cockpit', 'plan'],
  queryFn: async () => (await answer(api.GET('/v1/cockpit/planIndicators'))).indicators,
  staleTime: 60_000,
});

export const provinceQuery = (provinceCode: string) =>
  queryOptions({
    queryKey: ['cockpit', 'province', provinceCode],
    queryFn: () => answer(api.GET('/v1/cockpit/provinces/{provinceCode}', { params: { path: { provinceCode } } })),
    staleTime: 5_000,
    refetchInterval: 15_000,
  });
