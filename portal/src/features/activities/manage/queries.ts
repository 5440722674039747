import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export const activityStates = ['DRAFT', 'PUBLISHED', 'CANCELLED'] as const;
export type ActivityState = (typeof activityStates)[number];

export const organisationActivitiesQuery = (organisationId: string, state: ActivityState | '' = '') =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'activities', state],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/activities', {
          params: {
            path: { organisationId },
            query: { pageSize: 30, ...(state && { state }), ...token },
          },
        }),
      ),
  });

/** What waits for a review of its content, the longest waiting first. */
export const reviewsQuery = (organisationId: string) =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'activity-reviews'],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/activityReviews', {
          params: { path: { organisationId }, query: { pageSize: 20, ...token } },
        }),
      ),
  });

/** The registrations of an activity, of those who have answered this (`key=value`). */
export const registrationsQuery = (activityId: string, answers: readonly string[] = []) =>
  pagedQuery({
    queryKey: ['desk', 'registrations', activityId, answers],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/activities/{activityId}/registrations', {
          params: { path: { activityId }, query: { pageSize: 100, answers: [...answers], ...token } },
        }),
      ),
  });

/** What a person answered when registering; each reading leaves a record. */
export const registrationAnswersQuery = (registrationId: string) =>
  queryOptions({
    queryKey: ['desk', 'registration-answers', registrationId],
    queryFn: () =>
      answer(api.GET('/v1/registrations/{registrationId}/answers', { params: { path: { registrationId } } })),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

/** Queries that a change of an activity makes out of date. */
export const affectedBy = (organisationId: string, activityId: string) => [
  ['desk', organisationId, 'activities'],
  ['activity', activityId],
  ['activities'],
];

/** What a file of registrations may hold, in its order. */
export const exportColumns = [
  'PERSON_NUMBER',
  'PERSON_NAME',
  'STATE',
  'REGISTERED_AT',
  'CHECKED_IN_AT',
  'ANSWERS',
] as const;
