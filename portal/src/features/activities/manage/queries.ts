import { infiniteQueryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

export const activityStates = ['DRAFT', 'PUBLISHED', 'CANCELLED'] as const;
export type ActivityState = (typeof activityStates)[number];

export const organisationActivitiesQuery = (organisationId: string, state: ActivityState | '' = '') =>
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
