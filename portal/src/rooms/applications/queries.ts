import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../api/client';

export type Application = Schema<'Application'>;

export const myApplicationsQuery = infiniteQueryOptions({
  queryKey: ['me', 'applications'],
  queryFn: ({ pageParam }) => answer(api.GET('/v1/me/applications', { params: { query: { pageSize: 50, ...(pageParam && { pageToken: pageParam }) } } })),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextPageToken || undefined,
});

export const applicationHistoryQuery = (applicationId: string) =>
  queryOptions({
    queryKey: ['me', 'application-history', applicationId],
    queryFn: async () => (await answer(api.GET('/v1/applications/{applicationId}/history', { params: { path: { applicationId } } }))).steps,
  });

/** The applicant can write in it. */
export const writable = (application: Application) => application.state === 'DRAFT' || application.state === 'RETURNED';

/** Not decided yet: one of these a person and organisation. */
export const open = (application: Application) => writable(application) || application.state === 'IN_FIRST_REVIEW' || application.state === 'IN_FINAL_REVIEW';
