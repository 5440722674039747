import type { Schema } from '../../../api/client';
import { shelf } from '../../../api/offline-store';

/** A ticket as it is shown at the door, with what the activity adds to it. */
export interface KeptTicket {
  registration: Schema<'Registration'>;
  token: string;
  endsAt?: string | undefined;
  place?: string | undefined;
}

/** Tickets that were opened here. */
export const keptTickets = shelf<KeptTicket>('tickets', ({ registration }) => registration.registrationId);

/** Those that may still be needed: a day after the start a ticket is over. */
export function usable(tickets: readonly KeptTicket[], now: number): KeptTicket[] {
  return tickets
    .filter(({ registration }) => Date.parse(registration.activityStartsAt ?? '') > now - 86_400_000)
    .sort((one, other) =>
      (one.registration.activityStartsAt ?? '').localeCompare(other.registration.activityStartsAt ?? ''),
    );
}
