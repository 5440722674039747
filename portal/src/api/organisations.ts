import { queryOptions } from '@tanstack/react-query';
import { answer, api } from './client';

export const organisationQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['organisation', organisationId],
    queryFn: () => answer(api.GET('/v1/organisations/{organisationId}', { params: { path: { organisationId } } })),
  });
