import type { Schema } from '../../../api/client';
import { offlineStore } from '../../../api/offline-store';

/** A ticket as it is shown at the entrance, with time and place of the activity. */
export interface OfflineTicket {
  registration: Schema<'Registration'>;
  token: string;
  endsAt?: string | undefined;
  place?: string | undefined;
}

/** Tickets that were opened here. */
export const offlineTickets = offlineStore<OfflineTicket>('tickets', ({ registration }) => registration.registrationId);

/** Those that may still be needed: a day after the start a ticket is over. */
export function usableTickets(tickets: readonly OfflineTicket[], now: number): OfflineTicket[] {
  return tickets
    .filter(({ registration }) => Date.parse(registration.activityStartsAt ?? '') > now - 86_400_000)
    .sort((one, other) =>
      (one.registration.activityStartsAt ?? '').localeCompare(other.registration.activityStartsAt ?? ''),
    );
}
