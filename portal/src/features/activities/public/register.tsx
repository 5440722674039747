import { useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { Notice } from '../../../ui/controls';
import type { Standing } from './standing';

/** The one thing to do about an activity now, or why there is none. */
export function Register({
  activity,
  seat,
  standing,
}: {
  activity: Schema<'Activity'>;
  seat: Schema<'Registration'> | null | undefined;
  standing: Standing;
}) {
  const { t } = useTranslation('activities');
  const me = useMe();
  const navigate = useNavigate();
  const location = useLocation();
  const queries = useQueryClient();
  const { run, busy } = useCommand();
  const { activityId } = activity;

  if (standing === 'cancelled') {
    return (
      <Notice kind="warm" title={t('standing.cancelled')}>
        {activity.cancelReason}
      </Notice>
    );
  }
  if (activity.state === 'DRAFT') return <Notice kind="info" title={t('standing.draft')} />;
  if ((standing === 'registered' || standing === 'attended') && seat) {
    return (
      <>
        <Notice kind="good" title={t(`standing.${standing}`)} />
        <Link className="link-button" to={`/me/activities/${seat.registrationId}`}>
          {t(standing === 'registered' ? 'showTicket' : 'showRegistration')}
        </Link>
      </>
    );
  }
  if (standing !== 'open')
    return (
      <Notice kind="info" title={t(`standing.${standing}`)}>
        {t(`standing.${standing}Hint`)}
      </Notice>
    );
  if (me.data === null) {
    return (
      <>
        <Button
          type="primary"
          size="large"
          block
          onClick={() => void navigate(`/sign-in?next=${encodeURIComponent(location.pathname)}`)}
        >
          {t('signInToRegister')}
        </Button>
        <p className="soft">{t('signInHint')}</p>
      </>
    );
  }
  if (activity.formVersion > 0) {
    return (
      <>
        <Link className="link-button" to={`/activities/${activityId}/register`}>
          {t('fillAndRegister')}
        </Link>
        <p className="soft">{t('fillHint')}</p>
      </>
    );
  }
  const register = async () => {
    const made = await run(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}/registrations', { params: { path: { activityId }, header }, body: {} }),
        ),
      {
        success: t('registered'),
        invalidates: [['me', 'registrations']],
        // After a refusal, whatever its reason, the seats that are shown are out of date.
        refreshes: [
          ['activity', activityId],
          ['me', 'seat', activityId],
        ],
      },
    );
    if (!made) return;
    queries.setQueryData(['me', 'seat', activityId], made);
    void navigate(`/me/activities/${made.registrationId}`);
  };
  return (
    <>
      <Button
        type="primary"
        size="large"
        block
        loading={busy}
        disabled={me.data === undefined || seat === undefined}
        onClick={() => void register()}
      >
        {t('register')}
      </Button>
      <p className="soft">{t(me.data && !me.data.verified ? 'registerHintUnverified' : 'registerHint')}</p>
    </>
  );
}
