import { infiniteQueryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

export const clientsQuery = (organisationId: string) =>
  infiniteQueryOptions({
    queryKey: ['desk', organisationId, 'clients'],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/clients', {
          params: { path: { organisationId }, query: { pageSize: 50, ...(pageParam && { pageToken: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });
