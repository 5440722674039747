import { queryOptions, useQuery } from '@tanstack/react-query';
import { answer, api, type Schema } from './client';
import { problemOf } from './problem';

/**
 * The signed-in account; `null` when there is none. After the end of a session the former account stays until the person has signed
 * in again or left, so that what was typed on the page is not lost (`features/account/public/session-ended`).
 */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ client }): Promise<Schema<'Account'> | null> => {
    try {
      return await answer(api.GET('/v1/me'));
    } catch (error) {
      if (problemOf(error).status === 401) return client.getQueryData<Schema<'Account'>>(['me']) ?? null;
      throw error;
    }
  },
  staleTime: 60_000,
});

export function useMe() {
  // Many components use this query. One that is shown because it failed must not repeat it on mount: it would be unmounted while
  // the answer is awaited and mounted again, without end.
  return useQuery({ ...meQuery, retryOnMount: false });
}

/** Where a person may do something. */
export interface Place {
  organisationId: string;
  organisationName: string;
}

/** Places by permission. */
export type Permissions = ReadonlyMap<string, readonly Place[]>;

/** The roles of the platform: what each permits, and which ones its holder gives to others. */
export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async () => (await answer(api.GET('/v1/roles'))).roles,
  staleTime: 300_000,
});

/** The roles of the signed-in person, and on which organisations. */
export const myGrantsQuery = queryOptions({
  queryKey: ['me', 'grants'],
  queryFn: async () => (await answer(api.GET('/v1/me/grants'))).grants,
  staleTime: 60_000,
});

/** What the signed-in person may do, by permission. */
export const permissionsQuery = queryOptions({
  queryKey: ['me', 'permissions'],
  queryFn: async ({ client }): Promise<Permissions> => {
    const [grants, roles] = await Promise.all([
      client.query({ ...myGrantsQuery, staleTime: 0 }),
      client.query(rolesQuery),
    ]);
    const permitted = new Map(roles.map((role) => [role.role, role.permissions]));
    const places = new Map<string, Place[]>();
    for (const grant of grants) {
      for (const permission of permitted.get(grant.role) ?? []) {
        const known = places.get(permission) ?? [];
        if (!known.some((place) => place.organisationId === grant.organisationId)) {
          known.push({ organisationId: grant.organisationId, organisationName: grant.organisationName });
        }
        places.set(permission, known);
      }
    }
    return places;
  },
  staleTime: 60_000,
});

/** The places where one of several permissions is held, each once. */
export function placesOf(permissions: Permissions, wanted: readonly string[]): Place[] {
  const places = wanted.flatMap((permission) => permissions.get(permission) ?? []);
  return [...new Map(places.map((place) => [place.organisationId, place])).values()];
}

/** The places where the signed-in person holds a permission; empty while unknown. */
export function usePlaces(permission: string): readonly Place[] {
  const me = useMe();
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  return permissions.data?.get(permission) ?? [];
}
