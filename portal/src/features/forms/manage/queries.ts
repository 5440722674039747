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

/** The same of an activity's registration form. */
export const registrationFormDraftQuery = (activityId: string) =>
  queryOptions({
    queryKey: ['registration-form-draft', activityId],
    queryFn: () =>
      answer(api.GET('/v1/activities/{activityId}/registrationFormDraft', { params: { path: { activityId } } })),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
