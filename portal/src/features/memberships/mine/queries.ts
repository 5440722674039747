import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';

export type Membership = Schema<'Membership'>;

export const membershipsQuery = infiniteQueryOptions({
  queryKey: ['me', 'memberships'],
  queryFn: ({ pageParam }) =>
    answer(
      api.GET('/v1/me/memberships', {
        params: { query: { pageSize: 50, ...(pageParam && { pageToken: pageParam }) } },
      }),
    ),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextPageToken || undefined,
});

export const cardQuery = (membershipId: string) =>
  queryOptions({
    queryKey: ['me', 'card', membershipId],
    queryFn: () => answer(api.GET('/v1/memberships/{membershipId}/card', { params: { path: { membershipId } } })),
    staleTime: 300_000,
  });
