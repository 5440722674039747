import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

/** The two steps in which an application waits for the organisation. */
export const steps = ['IN_FIRST_REVIEW', 'IN_FINAL_REVIEW'] as const;
export type Step = (typeof steps)[number];

/** What waits in one step, the longest waiting first; of those who have answered this (`key=value`). */
export const queueQuery = (organisationId: string, step: Step, answers: readonly string[] = []) =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'queue', step, answers],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/applications', {
          params: {
            path: { organisationId },
            query: { states: [step], answers: [...answers], pageSize: 100, ...token },
          },
        }),
      ),
    staleTime: 30_000,
  });
