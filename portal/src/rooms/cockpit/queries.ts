import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';

export const metricsQuery = queryOptions({
  queryKey: ['cockpit', 'metrics'],
  queryFn: async () => (await answer(api.GET('/v1/cockpit/metrics'))).metrics,
  staleTime: 300_000,
});

export const overviewQuery = queryOptions({
  queryKey: ['cockpit', 'overview'],
  queryFn: () => answer(api.GET('/v1/cockpit/overview')),
});

/** One metric day by day, up to today in China. */
export const trendQuery = (metric: string, days: number) =>
  queryOptions({
    queryKey: ['cockpit', 'trend', metric, days],
    queryFn: () => {
      const day = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' });
      const now = Date.now();
      return answer(
        api.GET('/v1/cockpit/metrics/{metric}/values', {
          params: { path: { metric }, query: { breakdown: 'DAY', fromDay: day.format(now - (days - 1) * 86_400_000), toDay: day.format(now) } },
        }),
      );
    },
    enabled: Boolean(metric),
    staleTime: 60_000,
    refetchInterval: 300_000,
  });

export const planQuery = queryOptions({
  queryKey: ['cockpit', 'plan'],
  queryFn: async () => (await answer(api.GET('/v1/cockpit/planIndicators'))).indicators,
  staleTime: 60_000,
});
