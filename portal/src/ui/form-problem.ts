import type { Problem } from '../api/problem';

/** Refusals that are about one field although they name none: the first of these that the form shows. */
const fieldsOf: Readonly<Record<string, readonly string[]>> = {
  SIGN_IN_FAILED: ['password', 'code'],
  CODE_WRONG: ['code'],
  CODES_USED_UP: ['address'],
  PASSWORD_WRONG: ['currentPassword'],
  PASSWORD_WEAK: ['newPassword', 'password'],
  ADDRESS_IN_USE: ['address'],
  RESIDENT_ID_INVALID: ['residentIdNumber'],
  NAME_AND_NUMBER_DIFFER: ['residentIdNumber'],
  DOCUMENT_IN_USE: ['residentIdNumber'],
  ALREADY_VERIFIED: ['residentIdNumber'],
  GUARDIAN_CODE_WRONG: ['code'],
  GUARDIAN_NOT_ELIGIBLE: ['code'],
  GUARDIAN_WARDS_FULL: ['code'],
  PERSON_NOT_FOUND: ['personNumber'],
  PERSON_NOT_VERIFIED: ['personNumber'],
  OWN_AFFAIRS: ['personNumber'],
  ROLES_EXCLUSIVE: ['role'],
  ROLE_NOT_ADMINISTERED: ['role'],
  ROLE_NOT_HERE: ['role'],
  ORGANISATION_CODE_TAKEN: ['code'],
  ORGANISATION_MISPLACED: ['kind'],
  DIVISION_UNKNOWN: ['divisionCode'],
  ACTIVITY_STARTS_IN_PAST: ['startsAt'],
  CAPACITY_BELOW_SEATS_TAKEN: ['capacity'],
  ACTIVITY_CREDIT_FIXED: ['creditMinutes'],
  CREDIT_EXCEEDS_LENGTH: ['creditMinutes'],
  DEADLINE_BEFORE_REGISTRATIONS: ['registrationClosesAt'],
  CHECK_INS_RECORDED: ['startsAt'],
};

type Worded = Pick<Problem, 'code' | 'title' | 'detail' | 'violations'>;

/** One sentence after the other, as the language sets them. */
const sentences = (parts: readonly string[]) =>
  parts
    .filter(Boolean)
    .reduce(
      (text, next) =>
        text ? text + (/[\u4e00-\u9fff”）]$/.test(text) ? '。' : /[.。！!？?]$/.test(text) ? ' ' : '. ') + next : next,
      '',
    );

/** `form.redirectUris[0]` is the field `redirectUris`. */
const nameOf = (field: string) => (field.split('.').at(-1) ?? field).replace(/\[\d+\]$/, '');

/**
 * Where a refusal is said in a form that shows the fields `shown`: at the fields it names or is known to be about, each with what to do;
 * and what is left for a message, empty if nothing is.
 */
export function problemInForm(
  { code, title, detail, violations }: Worded,
  shown: ReadonlySet<string>,
  about?: string,
): { fields: [string, string][]; message: string } {
  const whole = sentences([title, detail]);
  if (violations.length > 0) {
    const at = (field: string) => shown.has(nameOf(field));
    const fields = violations
      .filter(({ field }) => at(field))
      .map(({ field, description }): [string, string] => [nameOf(field), description]);
    // What is about nothing that can be seen here is said in full: "correct the fields listed" would list none.
    const others = violations.filter(({ field }) => !at(field)).map(({ description }) => description);
    return { fields, message: others.length > 0 ? sentences([title, ...others]) : '' };
  }
  const field = [...(about ? [about] : []), ...(fieldsOf[code] ?? [])].find((name) => shown.has(name));
  return field ? { fields: [[field, whole]], message: '' } : { fields: [], message: whole };
}
