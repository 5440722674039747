import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { QueryBoundary } from '../../../ui/states';
import { FormEditor, type FormSource } from './editor';
import { formDraftQuery } from './queries';

/** The application form of an organisation: a draft that staff write, and another of them publishes. */
export function FormDesk() {
  const { organisationId } = useDesk();
  const draft = useQuery(formDraftQuery(organisationId));
  return (
    <QueryBoundary query={draft} rows={8}>
      {(held) => (
        <FormEditor key={`${organisationId} ${held.etag}`} source={applicationForm(organisationId)} held={held} />
      )}
    </QueryBoundary>
  );
}

const applicationForm = (organisationId: string): FormSource => ({
  of: 'application',
  name: `application-form:${organisationId}`,
  draftKey: formDraftQuery(organisationId).queryKey,
  outdates: [['application-form', organisationId]],
  save: (form, header) =>
    answer(
      api.PATCH('/v1/organisations/{organisationId}/applicationFormDraft', {
        params: { path: { organisationId }, header },
        body: { definition: form as unknown as Record<string, unknown> },
      }),
    ),
  discard: (header) =>
    answer(
      api.POST('/v1/organisations/{organisationId}/applicationFormDraft:discard', {
        params: { path: { organisationId }, header },
        body: {},
      }),
    ),
  publish: (acceptLoss, header) =>
    answer(
      api.POST('/v1/organisations/{organisationId}/applicationFormDraft:publish', {
        params: { path: { organisationId }, header },
        body: { acceptLoss },
      }),
    ),
});
