import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export type Registration = Schema<'Registration'>;

export const myRegistrationsQuery = pagedQuery({
  queryKey: ['me', 'registrations'],
  fetchPage: (token) =>
    answer(
      api.GET('/v1/me/registrations', {
        params: { query: { pageSize: 50, ...token } },
      }),
    ),
});

export const ticketQuery = (registrationId: string) =>
  queryOptions({
    queryKey: ['me', 'ticket', registrationId],
    queryFn: () =>
      answer(api.GET('/v1/registrations/{registrationId}/ticket', { params: { path: { registrationId } } })),
  });

/** What the person answered when registering. */
export const myAnswersQuery = (registrationId: string) =>
  queryOptions({
    queryKey: ['me', 'registration-answers', registrationId],
    queryFn: () =>
      answer(api.GET('/v1/me/registrations/{registrationId}/answers', { params: { path: { registrationId } } })),
  });

export const creditsQuery = pagedQuery({
  queryKey: ['me', 'credits'],
  fetchPage: (token) => answer(api.GET('/v1/me/credits', { params: { query: { pageSize: 50, ...token } } })),
});

/** Seats that are still to be used, the next one first; a day later a day that began is over. */
export function upcoming(registrations: readonly Registration[], now: number): Registration[] {
  return registrations
    .filter(
      ({ state, activityStartsAt }) => state === 'REGISTERED' && Date.parse(activityStartsAt ?? '') > now - 86_400_000,
    )
    .sort((one, other) => (one.activityStartsAt ?? '').localeCompare(other.activityStartsAt ?? ''));
}
