import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';
import { organisationQuery } from '../../../api/organisations';

type Organisation = Schema<'Organisation'>;

/** What stands directly below an organisation, by code. */
export const childrenQuery = (parentId: string) =>
  pagedQuery({
    queryKey: ['staff', parentId, 'children'],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations', {
          params: { query: { parentId, pageSize: 100, ...token } },
        }),
      ),
    staleTime: 60_000,
  });

/** One that was found, and those above it, the nearest first. */
export interface Found {
  organisation: Organisation;
  above: Organisation[];
}

/** Organisations by a part of the name, the short name or the code: only those within the given ones. */
export const foundQuery = (queries: QueryClient, query: string, roots: readonly string[]) =>
  queryOptions({
    queryKey: ['staff', 'found', query, roots],
    queryFn: async (): Promise<Found[]> => {
      const { organisations } = await answer(
        api.GET('/v1/organisations', { params: { query: { query, pageSize: 40 } } }),
      );
      // Parents are few and shared; each is asked for once.
      const found = await Promise.all(
        organisations.map(async (organisation) => {
          const above: Organisation[] = [];
          for (let next = organisation.parentId; next; next = above.at(-1)?.parentId ?? '') {
            above.push(await queries.query({ ...organisationQuery(next), staleTime: 300_000 }));
          }
          return { organisation, above };
        }),
      );
      return found.filter(({ organisation, above }) =>
        [organisation, ...above].some(({ organisationId }) => roots.includes(organisationId)),
      );
    },
    enabled: Boolean(query),
    staleTime: 60_000,
  });
