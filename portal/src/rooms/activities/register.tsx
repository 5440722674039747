import { useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api, type Schema } from '../../api/client';
import { useMe } from '../../api/me';
import { useAct } from '../../app/act';
import type { Standing } from './standing';

/** The one thing to do about an activity now, or why there is none. */
export function Register({ activity, seat, standing }: { activity: Schema<'Activity'>; seat: Schema<'Registration'> | null | undefined; standing: Standing }) {
  const { t } = useTranslation('activities');
  const me = useMe();
  const navigate = useNavigate();
  const location = useLocation();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const { act, busy } = useAct();
  const { activityId } = activity;

  if (standing === 'cancelled') {
    return <Alert type="warning" showIcon title={t('standing.cancelled')} description={activity.cancelReason} />;
  }
  if (activity.state === 'DRAFT') return <Alert type="info" showIcon title={t('standing.draft')} />;
  if ((standing === 'registered' || standing === 'attended') && seat) {
    return (
      <>
        <Alert type="success" showIcon title={t(`standing.${standing}`)} />
        <Link className="way-button" to={`/me/activities/${seat.registrationId}`}>
          {t(standing === 'registered' ? 'showTicket' : 'showRegistration')}
        </Link>
      </>
    );
  }
  if (standing !== 'open') return <Alert type="info" showIcon title={t(`standing.${standing}`)} description={t(`standing.${standing}Hint`)} />;
  if (me.data === null) {
    return (
      <>
        <Button type="primary" size="large" block onClick={() => void navigate(`/sign-in?next=${encodeURIComponent(location.pathname)}`)}>
          {t('signInToRegister')}
        </Button>
        <p className="soft">{t('signInHint')}</p>
      </>
    );
  }
  const register = async () => {
    const made = await act(
      (header) => answer(api.POST('/v1/activities/{activityId}/registrations', { params: { path: { activityId }, header }, body: {} })),
      () => {
        // Whatever the reason, what is shown is out of date.
        void queries.invalidateQueries({ queryKey: ['activity', activityId] });
        void queries.invalidateQueries({ queryKey: ['me', 'seat', activityId] });
        return false;
      },
    );
    if (!made) return;
    queries.setQueryData(['me', 'seat', activityId], made);
    void queries.invalidateQueries({ queryKey: ['activity', activityId] });
    void queries.invalidateQueries({ queryKey: ['me', 'registrations'] });
    void message.success(t('registered'));
    void navigate(`/me/activities/${made.registrationId}`);
  };
  return (
    <>
      <Button type="primary" size="large" block loading={busy} disabled={me.data === undefined || seat === undefined} onClick={() => void register()}>
        {t('register')}
      </Button>
      <p className="soft">{t(me.data && !me.data.verified ? 'registerHintUnverified' : 'registerHint')}</p>
    </>
  );
}
