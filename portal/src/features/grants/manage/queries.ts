import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export const grantsQuery = (organisationId: string) =>
  pagedQuery({
    queryKey: ['staff', organisationId, 'grants'],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/grants', {
          params: { path: { organisationId }, query: { pageSize: 100, ...token } },
        }),
      ),
  });
