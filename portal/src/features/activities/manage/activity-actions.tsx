import { Button, Form } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useNow } from '../../../ui/now';
import { ReasonDialog } from '../../../ui/reason-dialog';
import { affectedBy } from './queries';
import { ReviewActions } from './review-state';

/** What can be done with an activity in its state: publish, check in, see registrations, edit, cancel; submit for review. */
export function ActivityActions({
  activity,
  organisationId,
  reviewed,
  may,
  onEdit,
  onRegistrations,
  onCover,
}: {
  activity: Schema<'Activity'>;
  organisationId: string;
  /** Drafts are submitted for review, and published by its last step. */
  reviewed: boolean;
  may: (permission: string) => boolean;
  onEdit: () => void;
  onRegistrations: () => void;
  onCover: () => void;
}) {
  const { t } = useTranslation('activities-manage');
  const [form] = Form.useForm<{ reason?: string }>();
  const publication = useCommand();
  const cancellation = useCommand(form);
  const confirm = useConfirm();
  const [cancelling, setCancelling] = useState(false);
  const { activityId, title } = activity;
  const refreshes = affectedBy(organisationId, activityId);
  const publish = () =>
    publication.run(
      (header) =>
        answer(api.POST('/v1/activities/{activityId}:publish', { params: { path: { activityId }, header }, body: {} })),
      { success: t('published'), refreshes },
    );
  const cancel = async (reason: string) => {
    const done = await cancellation.run(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}:cancel', {
            params: { path: { activityId }, header },
            body: { reason },
          }),
        ),
      { success: t('cancelled'), refreshes },
    );
    if (done) setCancelling(false);
  };
  const review = activity.review?.state;
  const inReview = review === 'WAITING';
  const refused = review === 'REJECTED';
  const over = Date.parse(activity.endsAt ?? '') < useNow();
  return (
    <>
      {activity.state === 'DRAFT' && (reviewed || review) && (
        <ReviewActions activity={activity} organisationId={organisationId} />
      )}
      {activity.state === 'DRAFT' && !reviewed && !inReview && !refused && (
        <Button
          size="small"
          type="primary"
          loading={publication.busy}
          onClick={() =>
            confirm({
              title: t('publishTitle', { title }),
              content: t('publishText'),
              confirm: t('publish'),
              danger: false,
              onConfirm: publish,
            })
          }
        >
          {t('publish')}
        </Button>
      )}
      {activity.state === 'PUBLISHED' && may('checkins.manage') && (
        <Link to={`/desk/${organisationId}/activities/${activityId}/check-in`}>{t('checkIn.link')}</Link>
      )}
      {activity.state !== 'DRAFT' && may('registrations.letters') && (
        <Link to={`/desk/${organisationId}/activities/${activityId}/letters`}>{t('letters')}</Link>
      )}
      {activity.state !== 'DRAFT' && may('registrations.read') && (
        <Button size="small" onClick={onRegistrations}>
          {t('registrations')}
        </Button>
      )}
      {((activity.state === 'DRAFT' && !inReview && !refused) || (activity.state === 'PUBLISHED' && !over)) && (
        <Button size="small" onClick={onEdit}>
          {t('editShort')}
        </Button>
      )}
      {(activity.state === 'DRAFT' || (activity.state === 'PUBLISHED' && !over)) && (
        <Link to={`/desk/${organisationId}/activities/${activityId}/form`}>{t('registrationForm')}</Link>
      )}
      {activity.state !== 'CANCELLED' && (
        <Button size="small" onClick={onCover}>
          {t('cover.title')}
        </Button>
      )}
      {activity.state === 'PUBLISHED' && !over && (
        <Button size="small" danger onClick={() => setCancelling(true)}>
          {t('cancel')}
        </Button>
      )}
      {cancelling && (
        <ReasonDialog
          form={form}
          title={t('cancelTitle', { title })}
          lead={t('cancelLead')}
          confirm={t('cancel')}
          danger
          busy={cancellation.busy}
          onConfirm={(reason) => void cancel(reason)}
          onClose={() => setCancelling(false)}
        />
      )}
    </>
  );
}
