import { infiniteQueryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

export const grantsQuery = (organisationId: string) =>
  infiniteQueryOptions({
    queryKey: ['staff', organisationId, 'grants'],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/grants', {
          params: { path: { organisationId }, query: { pageSize: 100, ...(pageParam && { pageToken: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
