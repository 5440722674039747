import type { Schema } from '../../../api/client';

type Role = Pick<Schema<'Role'>, 'role' | 'administers' | 'administersOnHeadquarters'>;

/**
 * The roles that a person gives to others on an organisation, and takes back from them: those that the roles administer which reach it.
 * `above` is the organisation with all those above it.
 */
export function administered(
  roles: readonly Role[],
  grants: readonly Pick<Schema<'Grant'>, 'role' | 'organisationId'>[],
  above: ReadonlySet<string>,
  headquarters: boolean,
): ReadonlySet<string> {
  const reaching = new Set(grants.filter((grant) => above.has(grant.organisationId)).map((grant) => grant.role));
  const given = roles.flatMap((one) => [
    ...(reaching.has(one.role) ? one.administers : []),
    ...(reaching.has(one.role) && headquarters ? one.administersOnHeadquarters : []),
  ]);
  return new Set(given);
}

/** Whether a role is given there: those of the platform at the headquarters alone, that of an organisation's administrator below. */
export const fits = (
  role: Pick<Schema<'Role'>, 'onHeadquarters' | 'belowHeadquarters'>,
  headquarters: boolean,
): boolean => (headquarters ? role.onHeadquarters : role.belowHeadquarters);
