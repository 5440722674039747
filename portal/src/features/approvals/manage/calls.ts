import { queryOptions } from '@tanstack/react-query';
import { answer, api, ifMatch, type Schema } from '../../../api/client';
import type { IdempotencyHeader } from '../../../ui/command';

/** What walks a route: applications for membership, activities before they are published. */
export const kinds = ['applications', 'content'] as const;
export type Kind = (typeof kinds)[number];

export type Settings = Schema<'RouteSettings'>;
export type Route = Schema<'Route'>;
export type Step = Schema<'RouteStep'>;
export type Deciders = Schema<'Deciders'>;

export const routeQuery = (organisationId: string, kind: Kind) =>
  queryOptions({
    queryKey: ['desk', organisationId, 'route', kind],
    queryFn: (): Promise<Settings> => {
      const params = { path: { organisationId } };
      return kind === 'applications'
        ? answer(api.GET('/v1/organisations/{organisationId}/applicationRoute', { params }))
        : answer(api.GET('/v1/organisations/{organisationId}/contentRoute', { params }));
    },
    gcTime: 0,
    refetchOnWindowFocus: false,
  });

interface At {
  organisationId: string;
  kind: Kind;
  etag: string;
  header: IdempotencyHeader;
}

const paramsOf = ({ organisationId, etag, header }: At) => ({
  path: { organisationId },
  header: { ...header, ...ifMatch(etag) },
});

/** A route as it is sent. */
const sent = ({ steps }: Route) => ({
  steps: steps.map(({ deciders, quorum, ...step }) => ({
    ...step,
    deciders: deciders ?? {},
    quorum: quorum === 'QUORUM_UNSPECIFIED' ? ('ONE' as const) : quorum,
  })),
});

export function saveDraft(at: At, draft: Route): Promise<Settings> {
  const params = paramsOf(at);
  const route = sent(draft);
  return at.kind === 'applications'
    ? answer(api.PATCH('/v1/organisations/{organisationId}/applicationRouteDraft', { params, body: { route } }))
    : answer(api.PATCH('/v1/organisations/{organisationId}/contentRouteDraft', { params, body: { route } }));
}

export function discardDraft(at: At): Promise<Settings> {
  const params = paramsOf(at);
  return at.kind === 'applications'
    ? answer(api.POST('/v1/organisations/{organisationId}/applicationRouteDraft:discard', { params, body: {} }))
    : answer(api.POST('/v1/organisations/{organisationId}/contentRouteDraft:discard', { params, body: {} }));
}

export function publishDraft(at: At): Promise<Settings> {
  const params = paramsOf(at);
  return at.kind === 'applications'
    ? answer(api.POST('/v1/organisations/{organisationId}/applicationRouteDraft:publish', { params, body: {} }))
    : answer(api.POST('/v1/organisations/{organisationId}/contentRouteDraft:publish', { params, body: {} }));
}

export type Delegation = Schema<'Delegation'>;

export const delegationsQuery = (organisationId: string, kind: Kind) =>
  queryOptions({
    queryKey: ['desk', organisationId, 'delegations', kind],
    queryFn: async (): Promise<Delegation[]> => {
      const params = { path: { organisationId } };
      const list =
        kind === 'applications'
          ? await answer(api.GET('/v1/organisations/{organisationId}/applicationDelegations', { params }))
          : await answer(api.GET('/v1/organisations/{organisationId}/contentDelegations', { params }));
      return list.delegations;
    },
  });

export interface NewDelegation {
  fromPersonId: string;
  toPersonId: string;
  startsOn: string;
  endsOn: string;
}

export function delegate(
  organisationId: string,
  kind: Kind,
  body: NewDelegation,
  header: IdempotencyHeader,
): Promise<Delegation> {
  const params = { path: { organisationId }, header };
  return kind === 'applications'
    ? answer(api.POST('/v1/organisations/{organisationId}/applicationDelegations', { params, body }))
    : answer(api.POST('/v1/organisations/{organisationId}/contentDelegations', { params, body }));
}

export function endDelegation(organisationId: string, kind: Kind, delegationId: string, header: IdempotencyHeader) {
  const params = { path: { organisationId, delegationId }, header };
  return kind === 'applications'
    ? answer(
        api.POST('/v1/organisations/{organisationId}/applicationDelegations/{delegationId}:end', { params, body: {} }),
      )
    : answer(
        api.POST('/v1/organisations/{organisationId}/contentDelegations/{delegationId}:end', { params, body: {} }),
      );
}

/** Those who hold roles on the organisation or above it, each once: whom a step can name. */
export const staffQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['desk', organisationId, 'staff'],
    queryFn: async (): Promise<Map<string, { number: string; roles: string[] }>> => {
      const people = new Map<string, { number: string; roles: string[] }>();
      let pageToken = '';
      do {
        const page = await answer(
          api.GET('/v1/organisations/{organisationId}/grants', {
            params: { path: { organisationId }, query: { pageSize: 200, ...(pageToken && { pageToken }) } },
          }),
        );
        for (const { personId, personNumber, role } of page.grants) {
          const known = people.get(personId) ?? { number: personNumber, roles: [] };
          known.roles.push(role);
          people.set(personId, known);
        }
        pageToken = page.nextPageToken;
      } while (pageToken && people.size < 1_000);
      return people;
    },
    staleTime: 60_000,
  });
