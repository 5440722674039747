import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { activityQuery } from '../../activities';
import { offlineTickets } from './offline-tickets';
import { ticketQuery, upcoming, type Registration } from './queries';

/** The tickets of the next few activities are on the device before anybody stands at a door without a network. */
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
