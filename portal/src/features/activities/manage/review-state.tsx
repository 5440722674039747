import { Alert, Button, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { SideDrawer } from '../../../ui/side-drawer';
import { CaseTimeline } from '../../approvals';
import { affectedBy } from './queries';

type Activity = Schema<'Activity'>;

const colours = {
  WAITING: 'processing',
  RETURNED: 'warning',
  PASSED: 'success',
  REJECTED: 'error',
  WITHDRAWN: 'default',
  STATE_UNSPECIFIED: 'default',
} as const;

/** Where a draft stands in its review, beside its state. */
export function ReviewTag({ review }: { review: Schema<'Case'> | undefined }) {
  const { t } = useTranslation('activities-manage');
  if (!review) return null;
  return (
    <Tag color={colours[review.state]}>
      {t(`review.state.${review.state}`, { step: review.step, steps: review.steps })}
    </Tag>
  );
}

/** Submitting a draft for review, taking it back, and how it stands. */
export function ReviewActions({ activity, organisationId }: { activity: Activity; organisationId: string }) {
  const { t } = useTranslation('activities-manage');
  const confirm = useConfirm();
  const { run, busy } = useCommand();
  const [shown, setShown] = useState(false);
  const { activityId, title, review, reviewReason } = activity;
  const params = { path: { activityId } };
  const refreshes = affectedBy(organisationId, activityId);
  const submit = () =>
    confirm({
      title: t('review.submitTitle', { title }),
      content: t('review.submitText'),
      confirm: t('review.submit'),
      danger: false,
      onConfirm: () =>
        run(
          (header) =>
            answer(api.POST('/v1/activities/{activityId}:submit', { params: { ...params, header }, body: {} })),
          { success: t('review.submitted'), refreshes },
        ),
    });
  const withdraw = () =>
    confirm({
      title: t('review.withdrawTitle', { title }),
      content: t('review.withdrawText'),
      confirm: t('review.withdraw'),
      onConfirm: () =>
        run(
          (header) =>
            answer(api.POST('/v1/activities/{activityId}:withdraw', { params: { ...params, header }, body: {} })),
          { success: t('review.withdrawn'), refreshes },
        ),
    });
  return (
    <>
      {(!review || review.state === 'RETURNED' || review.state === 'WITHDRAWN') && (
        <Button size="small" type="primary" loading={busy} onClick={submit}>
          {t(review ? 'review.submitAgain' : 'review.submit')}
        </Button>
      )}
      {review && (
        <Button size="small" onClick={() => setShown(true)}>
          {t('review.progress')}
        </Button>
      )}
      {review?.state === 'WAITING' && (
        <Button size="small" danger onClick={withdraw}>
          {t('review.withdraw')}
        </Button>
      )}
      <SideDrawer open={shown} title={title} onClose={() => setShown(false)}>
        {reviewReason && (
          <Alert
            type={review?.state === 'REJECTED' ? 'error' : 'warning'}
            showIcon
            title={t(`review.state.${review?.state ?? 'RETURNED'}`)}
            description={reviewReason}
          />
        )}
        <CaseTimeline held={review} />
      </SideDrawer>
    </>
  );
}
