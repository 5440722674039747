import { infiniteQueryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

/** The two steps in which an application waits for the organisation. */
export const steps = ['IN_FIRST_REVIEW', 'IN_FINAL_REVIEW'] as const;
export type Step = (typeof steps)[number];

/** What waits in one step, the longest waiting first. */
export const queueQuery = (organisationId: string, step: Step) =>
  infiniteQueryOptions({
    queryKey: ['desk', organisationId, 'queue', step],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/applications', {
          params: {
            path: { organisationId },
            query: { states: [step], pageSize: 100, ...(pageParam && { pageToken: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
    staleTime: 30_000,
  });
