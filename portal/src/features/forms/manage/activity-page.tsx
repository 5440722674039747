import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { answer, api } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { QueryBoundary } from '../../../ui/states';
import { activityQuery } from '../../../api/activities';
import { FormEditor, type FormSource } from './editor';
import { registrationFormDraftQuery } from './queries';

/** What an activity asks those who register: a draft that staff write, and another of them publishes. */
export function RegistrationFormDesk() {
  const { t } = useTranslation('forms-manage');
  const { organisationId } = useDesk();
  const { activityId = '' } = useParams();
  const activity = useQuery(activityQuery(activityId));
  const draft = useQuery(registrationFormDraftQuery(activityId));
  return (
    <>
      <p>
        <Link to={`/desk/${organisationId}/activities`}>{t('registration.back')}</Link>
      </p>
      {activity.data && <h2>{activity.data.title}</h2>}
      <QueryBoundary query={draft} rows={8}>
        {(held) => (
          <FormEditor
            key={`${activityId} ${held.etag}`}
            source={registrationForm(organisationId, activityId)}
            held={held}
          />
        )}
      </QueryBoundary>
    </>
  );
}

const registrationForm = (organisationId: string, activityId: string): FormSource => ({
  of: 'registration',
  name: `registration-form:${activityId}`,
  draftKey: registrationFormDraftQuery(activityId).queryKey,
  outdates: [
    ['registration-form', activityId],
    ['activity', activityId],
    ['desk', organisationId, 'activities'],
  ],
  save: (form, header) =>
    answer(
      api.PATCH('/v1/activities/{activityId}/registrationFormDraft', {
        params: { path: { activityId }, header },
        body: { definition: form as unknown as Record<string, unknown> },
      }),
    ),
  discard: (header) =>
    answer(
      api.POST('/v1/activities/{activityId}/registrationFormDraft:discard', {
        params: { path: { activityId }, header },
        body: {},
      }),
    ),
  publish: (_acceptLoss, header) =>
    answer(
      api.POST('/v1/activities/{activityId}/registrationFormDraft:publish', {
        params: { path: { activityId }, header },
        body: {},
      }),
    ),
});
