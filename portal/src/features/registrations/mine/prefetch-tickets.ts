import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { activityQuery } from '../../../api/activities';
import { offlineTickets } from './offline-tickets';
import { ticketQuery, upcoming, type Registration } from './queries';

/** Stores the tickets of the next few activities on the device, in case there is no network at the entrance. */
export function usePrefetchedTickets(registrations: readonly Registration[] | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!registrations) return;
    const kept = new Set(offlineTickets.all().map(({ registration }) => registration.registrationId));
    const missing = upcoming(registrations, Date.now())
      .filter(({ registrationId, activityState }) => activityState !== 'CANCELLED' && !kept.has(registrationId))
      .slice(0, 5);
    void Promise.allSettled(
      missing.map(async ({ registrationId, activityId }) => {
        const [{ registration, token }, activity] = await Promise.all([
          queries.query(ticketQuery(registrationId)),
          queries.query(activityQuery(activityId)),
        ]);
        if (registration) offlineTickets.keep({ registration, token, endsAt: activity.endsAt, place: activity.place });
      }),
    );
  }, [registrations, queries]);
}
