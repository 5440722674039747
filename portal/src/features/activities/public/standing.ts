import type { Schema } from '../../../api/client';

/** What can be done about an activity now, in the order in which it matters. */
export type Standing = 'cancelled' | 'finished' | 'attended' | 'registered' | 'started' | 'closed' | 'full' | 'open';

export function standingOf(
  activity: Schema<'Activity'>,
  seat: Schema<'Registration'> | null | undefined,
  now: number,
): Standing {
  const past = (moment: string | undefined) => moment !== undefined && Date.parse(moment) <= now;
  if (activity.state === 'CANCELLED') return 'cancelled';
  if (seat?.state === 'ATTENDED') return 'attended';
  if (past(activity.endsAt)) return 'finished';
  if (seat?.state === 'REGISTERED') return 'registered';
  if (past(activity.startsAt)) return 'started';
  if (past(activity.registrationClosesAt)) return 'closed';
  if (activity.seatsTaken >= activity.capacity) return 'full';
  return 'open';
}
