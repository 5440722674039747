import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

/** The two steps in which an application waits for the organisation. */
export const steps = ['IN_FIRST_REVIEW', 'IN_FINAL_REVIEW'] as const;
export type Step = (typeof steps)[number];

/** What waits in one step, the longest waiting first. */
export const queueQuery = (organisationId: string, step: Step) =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'queue', step],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/applications', {
          params: {
            path: { organisationId },
            query: { states: [step], pageSize: 100, ...token },
          },
        }),
      ),
    staleTime: 30_000,
  });
