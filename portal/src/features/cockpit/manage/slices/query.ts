import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../../api/client';
import type { Question } from './question';

/** The answer to a question; while another one is under way the one before stays in view. */
export const slicesQuery = (question: Question) =>
  queryOptions({
    queryKey: ['cockpit', 'slices', question],
    queryFn: () =>
      answer(
        api.GET('/v1/cockpit/slices', {
          params: {
            query: {
              metric: question.metric,
              filters: question.filters.map(({ dimension, values }) => `${dimension}=${values.join(',')}`),
              groupBy: question.groupBy,
              fromDay: question.fromDay,
              toDay: question.toDay,
              ...(question.grain && { grain: question.grain }),
              ...(question.compare && { compare: question.compare }),
            },
          },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    refetchInterval: 60_000,
  });
