import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';

export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async () => (await answer(api.GET('/v1/roles'))).roles,
  staleTime: 300_000,
});

export const grantsQuery = (organisationId: string) =>
  infiniteQueryOptions({
    queryKey: ['staff', organisationId, 'grants'],
    queryFn: ({ pageParam }) =>
      answer(api.GET('/v1/organisations/{organisationId}/grants', { params: { path: { organisationId }, query: { pageSize: 100, ...(pageParam && { pageToken: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
