import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../api/client';
import { pagedQuery } from '../../api/paged-query';

export type Application = Schema<'Application'>;

export const myApplicationsQuery = pagedQuery({
  queryKey: ['me', 'applications'],
  fetchPage: (token) =>
    answer(
      api.GET('/v1/me/applications', {
        params: { query: { pageSize: 50, ...token } },
      }),
    ),
});

/**
 * The caller's undecided application to one organisation, or `null`. Nothing is remembered between visits: a form that is
 * written in must begin with what the platform holds now, not with what it held at the last visit.
 */
export const openApplicationQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['me', 'applications', 'open', organisationId],
    queryFn: async (): Promise<Application | null> => {
      let pageToken = '';
      do {
        const page = await answer(
          api.GET('/v1/me/applications', { params: { query: { pageSize: 100, ...(pageToken && { pageToken }) } } }),
        );
        const found = page.applications.find((one) => one.organisationId === organisationId && open(one));
        // Lists leave out the files of the answers.
        if (found)
          return await answer(
            api.GET('/v1/applications/{applicationId}', {
              params: { path: { applicationId: found.applicationId } },
            }),
          );
        pageToken = page.nextPageToken;
      } while (pageToken);
      return null;
    },
    gcTime: 0,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** One application with what lists leave out: earlier memberships, and how its time limit was counted. */
export const applicationQuery = ({ applicationId, etag }: Application) =>
  queryOptions({
    queryKey: ['application', applicationId, 'whole', etag],
    queryFn: () => answer(api.GET('/v1/applications/{applicationId}', { params: { path: { applicationId } } })),
  });

export const applicationHistoryQuery = (applicationId: string) =>
  queryOptions({
    queryKey: ['me', 'application-history', applicationId],
    queryFn: async () =>
      (await answer(api.GET('/v1/applications/{applicationId}/history', { params: { path: { applicationId } } })))
        .steps,
  });

/** The applicant can write in it. */
export const writable = (application: Application) => application.state === 'DRAFT' || application.state === 'RETURNED';

/** Not decided yet: one of these a person and organisation. */
export const open = (application: Application) =>
  writable(application) || application.state === 'IN_FIRST_REVIEW' || application.state === 'IN_FINAL_REVIEW';
