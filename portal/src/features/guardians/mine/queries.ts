import { queryOptions } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';

/** The children the caller answers for, was asked for, or answered for, newest first. */
export const wardsQuery = queryOptions({
  queryKey: ['me', 'wards'],
  queryFn: async () => (await answer(api.GET('/v1/me/wards'))).wards,
});

/** How the caller's own guardianship stands. The answer of the guardian comes from elsewhere, so it is looked for now and then. */
export const guardianshipQuery = queryOptions({
  queryKey: ['me', 'guardianship'],
  queryFn: () => answer(api.GET('/v1/me/guardianship')),
  refetchInterval: 20_000,
});

/** Version of the text that a guardian agrees to, as the platform records it. The words stand in the locales under `consentText`. */
export const consentText = 'guardian/2026-11';

export type WardState = 'REQUESTED' | 'CONFIRMED' | 'REFUSED' | 'WITHDRAWN' | 'SUPERSEDED' | 'UNSPECIFIED';

export const stateOf = ({ state }: { state: Schema<'GuardianshipState'> }): WardState =>
  state.replace('GUARDIANSHIP_STATE_', '') as WardState;

/** Whether a person waits for a guardian: under 14, with name and number given, without a consent that stands. */
export const needsGuardian = ({ status }: Pick<Schema<'Person'>, 'status'>): boolean =>
  status === 'AWAITING_GUARDIAN' || status === 'SUSPENDED';

/**
 * What a child is told: a code of this page that can be handed on, a code that was made elsewhere and is not shown again, that the
 * guardian has it, how the last one answered, or that a code is to be made.
 */
export function standing(
  guardianship: Schema<'MyGuardianship'>,
  made: Schema<'GuardianCode'> | null,
  now: number,
): 'code' | 'hidden' | 'requested' | 'refused' | 'withdrawn' | 'none' {
  const state = stateOf(guardianship);
  const good = (until: string | undefined) => Date.parse(until ?? '') > now;
  if (good(guardianship.codeExpiresAt)) return made && good(made.expiresAt) ? 'code' : 'hidden';
  if (state === 'REQUESTED') return 'requested';
  if (state === 'REFUSED') return 'refused';
  return state === 'WITHDRAWN' ? 'withdrawn' : 'none';
}
