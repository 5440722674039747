import { infiniteQueryOptions } from '@tanstack/react-query';
import { answer, api } from '../api/client';

/** The two steps in which an application waits for the desk. */
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

export const memberStates = ['ACTIVE', 'SUSPENDED', 'RESIGNED'] as const;
export const categories = ['ORDINARY', 'STUDENT', 'SENIOR'] as const;
export const grounds = ['DUES_UNPAID', 'UNDER_VERIFICATION', 'MISCONDUCT', 'AT_OWN_REQUEST', 'OTHER'] as const;
export type Ground = (typeof grounds)[number];
export type MemberState = (typeof memberStates)[number];
export type Category = (typeof categories)[number];

export const membersQuery = (
  organisationId: string,
  wanted: { state: MemberState | ''; category: Category | ''; query: string },
) =>
  infiniteQueryOptions({
    queryKey: ['desk', organisationId, 'members', wanted],
    queryFn: ({ pageParam }) => {
      const { query, state, category } = wanted;
      const asked = {
        pageSize: 50,
        ...(state && { state }),
        ...(category && { category }),
        ...(pageParam && { pageToken: pageParam }),
      };
      // Who is looked for may be a name: it is sent in the body, never in an address.
      return query
        ? answer(
            api.POST('/v1/organisations/{organisationId}/memberships:search', {
              params: { path: { organisationId } },
              body: { ...asked, query },
            }),
          )
        : answer(
            api.GET('/v1/organisations/{organisationId}/memberships', {
              params: { path: { organisationId }, query: asked },
            }),
          );
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });

/** Whether this could be a member number or a person number; the names of people have no digits. */
export const looksLikeNumber = (typed: string): boolean => /\d/.test(typed.normalize('NFKC'));

export const activityStates = ['DRAFT', 'PUBLISHED', 'CANCELLED'] as const;
export type ActivityState = (typeof activityStates)[number];

export const deskActivitiesQuery = (organisationId: string, state: ActivityState | '' = '') =>
  infiniteQueryOptions({
    queryKey: ['desk', organisationId, 'activities', state],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/activities', {
          params: {
            path: { organisationId },
            query: { pageSize: 30, ...(state && { state }), ...(pageParam && { pageToken: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });

export const registrationsQuery = (activityId: string) =>
  infiniteQueryOptions({
    queryKey: ['desk', 'registrations', activityId],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/v1/activities/{activityId}/registrations', {
          params: { path: { activityId }, query: { pageSize: 100, ...(pageParam && { pageToken: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextPageToken || undefined,
  });

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
