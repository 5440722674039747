import { queryOptions, useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { answer, api, type Schema } from './client';
import { permissionsQuery, useMe } from './me';

/** An organisation and those above it, itself first: a grant reaches everything below. */
export const lineQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['organisation', organisationId, 'line'],
    queryFn: async (): Promise<Schema<'Organisation'>[]> => {
      const line: Schema<'Organisation'>[] = [];
      for (let next = organisationId; next && line.length < 12; next = line.at(-1)?.parentId ?? '') {
        line.push(
          await answer(api.GET('/v1/organisations/{organisationId}', { params: { path: { organisationId: next } } })),
        );
      }
      return line;
    },
    staleTime: 300_000,
  });

/** What the signed-in person may do in one organisation. The server decides; this decides what is offered. */
export function useRights(organisationId: string) {
  const me = useMe();
  const line = useQuery({ ...lineQuery(organisationId), enabled: Boolean(organisationId) });
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  const above = new Set([organisationId, ...(line.data ?? []).map((organisation) => organisation.organisationId)]);
  const places = (permission: string) => permissions.data?.get(permission) ?? [];
  return {
    may: (permission: string) => places(permission).some((place) => above.has(place.organisationId)),
    /** Whether the permission was given on this organisation itself: what people agreed to give to it is not for those above it. */
    own: (permission: string) => places(permission).some((place) => place.organisationId === organisationId),
    /** The organisation and those above it. */
    above: above as ReadonlySet<string>,
    organisation: line.data?.[0],
    error: me.error ?? line.error ?? permissions.error,
    retry: () => void Promise.all([line.refetch(), (me.data ? permissions : me).refetch()]),
    ready: me.data !== undefined && line.data !== undefined && (me.data === null || permissions.data !== undefined),
    signedIn: Boolean(me.data),
  };
}

/** The organisation that the address of a desk page names, and what the signed-in person may do there. */
export function useDesk() {
  const { organisationId = '' } = useParams();
  return { organisationId, ...useRights(organisationId) };
}
