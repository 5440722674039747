import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export const kinds = ['ALL', 'NATIONAL_SOCIETY', 'REGIONAL_ASSOCIATION'] as const;
export type KindFilter = (typeof kinds)[number];

/** Organisations by a part of their name, of one kind or of any. */
export const organisationsQuery = (query: string, kind: KindFilter) =>
  pagedQuery({
    queryKey: ['organisations', query, kind],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations', {
          params: { query: { pageSize: 30, ...(query && { query }), ...(kind !== 'ALL' && { kind }), ...token } },
        }),
      ),
  });
