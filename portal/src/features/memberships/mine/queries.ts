import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export type Membership = Schema<'Membership'>;

export const membershipsQuery = pagedQuery({
  queryKey: ['me', 'memberships'],
  fetchPage: (token) =>
    answer(
      api.GET('/v1/me/memberships', {
        params: { query: { pageSize: 50, ...token } },
      }),
    ),
});

export const cardQuery = (membershipId: string) =>
  queryOptions({
    queryKey: ['me', 'card', membershipId],
    queryFn: () => answer(api.GET('/v1/memberships/{membershipId}/card', { params: { path: { membershipId } } })),
    staleTime: 300_000,
  });
