import { queryOptions } from '@tanstack/react-query';
import { answer, api } from '../../api/client';
import { definitionOf, type Definition } from './definition';

/** A published version of an organisation's application form. Versions never change. `0`: the one that is published now. */
export const applicationFormQuery = (organisationId: string, version = 0) =>
  queryOptions({
    queryKey: ['application-form', organisationId, version],
    queryFn: async (): Promise<{ version: number; definition: Definition }> => {
      const { form } = await answer(
        api.GET('/v1/organisations/{organisationId}/applicationForm', {
          params: { path: { organisationId }, query: version ? { version } : {} },
        }),
      );
      return { version: form?.version ?? 0, definition: definitionOf(form?.definition) };
    },
    ...(version ? { staleTime: Infinity } : {}),
  });

/** What differs between two versions. */
export const formChangesQuery = (organisationId: string, version: number, sinceVersion: number) =>
  queryOptions({
    queryKey: ['application-form', organisationId, version, 'since', sinceVersion],
    queryFn: async () =>
      (
        await answer(
          api.GET('/v1/organisations/{organisationId}/applicationForm', {
            params: { path: { organisationId }, query: { version, sinceVersion } },
          }),
        )
      ).changes,
    staleTime: Infinity,
  });

/** A version of an activity's registration form. Versions never change. `0`: the one that is published now. */
export const registrationFormQuery = (activityId: string, version = 0) =>
  queryOptions({
    queryKey: ['registration-form', activityId, version],
    queryFn: async (): Promise<Definition> => {
      const { form } = await answer(
        api.GET('/v1/activities/{activityId}/registrationForm', {
          params: { path: { activityId }, query: version ? { version } : {} },
        }),
      );
      return definitionOf(form?.definition);
    },
    ...(version ? { staleTime: Infinity } : {}),
  });
