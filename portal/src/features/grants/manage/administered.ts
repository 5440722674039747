import type { Schema } from '../../../api/client';

/**
 * The roles that a person gives to others on an organisation, and takes back from them: those that the roles administer which reach it.
 * `above` is the organisation with all those above it.
 */
export function administered(
  roles: readonly Pick<Schema<'Role'>, 'role' | 'administers'>[],
  grants: readonly Pick<Schema<'Grant'>, 'role' | 'organisationId'>[],
  above: ReadonlySet<string>,
): ReadonlySet<string> {
  const reaching = new Set(grants.filter((grant) => above.has(grant.organisationId)).map((grant) => grant.role));
  return new Set(roles.filter(({ role }) => reaching.has(role)).flatMap(({ administers }) => administers));
}

/** Whether a role can be held there: those of the platform as a whole stand at its headquarters alone. */
export const fits = (role: string, headquarters: boolean): boolean =>
  headquarters || !/^(platform|headquarters)\./.test(role);
