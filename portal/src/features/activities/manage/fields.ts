import type { Schema } from '../../../api/client';
import type { Kind } from '../queries';

/** An activity as a form shows it. Moments stand as the clock stands in China, wherever the person sits. */
export interface Fields {
  title: string;
  kind: Kind;
  startsAt: string;
  endsAt: string;
  registrationClosesAt?: string;
  divisionCode?: string;
  place: string;
  capacity: number;
  creditMinutes?: number;
  description?: string;
}

/** `2026-11-22T14:00` of a form as a moment. China has no summer time. */
export const inChina = (local: string): string => `${local.length === 16 ? `${local}:00` : local}+08:00`;

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });

/** A moment as a field of day and hour wants it: `2026-11-22T14:00`. */
export const local = (moment: string | undefined): string =>
  moment ? clock.format(new Date(moment)).replace(' ', 'T') : '';

/** What a form says about an activity that is there already. */
export function fieldsOf(activity: Schema<'Activity'>): Fields {
  const { title, kind, place, capacity, creditMinutes, description, divisionCode } = activity;
  return {
    title,
    kind: kind as Kind,
    startsAt: local(activity.startsAt),
    endsAt: local(activity.endsAt),
    registrationClosesAt: local(activity.registrationClosesAt),
    divisionCode,
    place,
    capacity,
    creditMinutes,
    description,
  };
}

/** The fields as typed, trimmed, with a value for those left empty. */
function tidy(fields: Fields): Required<Fields> {
  return {
    ...fields,
    title: fields.title.trim(),
    place: fields.place.trim(),
    description: fields.description?.trim() ?? '',
    divisionCode: fields.divisionCode ?? '',
    registrationClosesAt: fields.registrationClosesAt ?? '',
    creditMinutes: fields.creditMinutes ?? 0,
  };
}

/** A new activity in the words of the contract. */
export function created(typed: Fields): Schema<'CreateActivityRequest'> {
  const { registrationClosesAt, ...fields } = tidy(typed);
  return {
    ...fields,
    startsAt: inChina(fields.startsAt),
    endsAt: inChina(fields.endsAt),
    ...(registrationClosesAt && { registrationClosesAt: inChina(registrationClosesAt) }),
  };
}

/** Only what is different: what a colleague changed meanwhile stays as it is. */
export function changed(before: Fields, typed: Fields): Schema<'UpdateActivityRequest'> {
  const was = tidy(before);
  const now = tidy(typed);
  const differs = (name: keyof Fields) => was[name] !== now[name];
  return {
    ...(differs('title') && { title: now.title }),
    ...(differs('description') && { description: now.description }),
    ...(differs('startsAt') && { startsAt: inChina(now.startsAt) }),
    ...(differs('endsAt') && { endsAt: inChina(now.endsAt) }),
    // A deadline that was emptied is the start again, and follows it.
    ...(differs('registrationClosesAt') && {
      registrationClosesAt: now.registrationClosesAt ? inChina(now.registrationClosesAt) : null,
    }),
    ...(differs('divisionCode') && { divisionCode: now.divisionCode }),
    ...(differs('place') && { place: now.place }),
    ...(differs('capacity') && { capacity: now.capacity }),
    ...(differs('creditMinutes') && { creditMinutes: now.creditMinutes }),
  };
}

/**
 * Where the person mends what was refused, where that depends on what was changed: a deadline that is not set moves with the start, and
 * what was promised to those who registered cannot be lowered any more.
 */
export function refusedField(
  code: string,
  sent: Schema<'UpdateActivityRequest'>,
  published: boolean,
): keyof Fields | undefined {
  switch (code) {
    case 'CREDIT_EXCEEDS_LENGTH':
      return published ? 'endsAt' : 'creditMinutes';
    case 'DEADLINE_BEFORE_REGISTRATIONS':
      return sent.registrationClosesAt === undefined && sent.startsAt ? 'startsAt' : 'registrationClosesAt';
    case 'CHECK_INS_RECORDED':
      if (sent.startsAt) return 'startsAt';
      return sent.endsAt ? 'endsAt' : 'divisionCode';
    default:
      return undefined;
  }
}
