import { answer, api } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';

export const clientsQuery = (organisationId: string) =>
  pagedQuery({
    queryKey: ['desk', organisationId, 'clients'],
    fetchPage: (token) =>
      answer(
        api.GET('/v1/organisations/{organisationId}/clients', {
          params: { path: { organisationId }, query: { pageSize: 50, ...token } },
        }),
      ),
  });
