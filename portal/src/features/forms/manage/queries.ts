import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';

/** The draft of the next version; without one, what is published now. */
export const formDraftQuery = (organisationId: string) =>
  queryOptions({
    queryKey: ['application-form-draft', organisationId],
    queryFn: () =>
      answer(
        api.GET('/v1/organisations/{organisationId}/applicationFormDraft', { params: { path: { organisationId } } }),
      ),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
