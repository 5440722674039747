import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { answer, api } from '../../api/client';
import { problemOf } from '../../api/problem';
import { useAct, useSure } from '../../app/act';
import { useMoment } from '../../app/moment';
import { Qr } from '../../app/qr';
import { useTitle } from '../../app/sheet';
import { Asked } from '../../app/states';
import { activityQuery } from '../activities/queries';
import { ticketQuery, type Registration } from './queries';
import './registrations.css';

/** The ticket: what is shown at the door. */
export function TicketPage() {
  const { t } = useTranslation('registrations');
  const { registrationId = '' } = useParams();
  useTitle(t('ticket'));
  const ticket = useQuery(ticketQuery(registrationId));
  if (!ticket.data && problemOf(ticket.error).code === 'REGISTRATION_CANCELLED') {
    return (
      <>
        <h1>{t('ticket')}</h1>
        <Alert type="info" showIcon title={t('state.CANCELLED')} description={t('cancelledText')} />
        <p>
          <Link to="/me/activities">{t('back')}</Link>
        </p>
      </>
    );
  }
  return (
    <Asked query={ticket} rows={8}>
      {({ registration, token }) => (registration ? <Paper registration={registration} token={token} /> : null)}
    </Asked>
  );
}

function Paper({ registration, token }: { registration: Registration; token: string }) {
  const { t } = useTranslation('registrations');
  const moment = useMoment();
  const queries = useQueryClient();
  const { act, busy } = useAct();
  const { message } = App.useApp();
  const sure = useSure();
  const { activityId, registrationId, activityTitle, activityStartsAt, activityState, state, checkedInAt, personName } = registration;
  const activity = useQuery(activityQuery(activityId));
  const started = Date.parse(activityStartsAt ?? '') <= Date.now();
  const cancel = () =>
    sure({
      title: t('cancelTitle'),
      content: t('cancelText'),
      yes: t('cancelDo'),
      no: t('keep'),
      act: async () => {
        const given = await act((header) => answer(api.POST('/v1/registrations/{registrationId}:cancel', { params: { path: { registrationId }, header }, body: {} })));
        if (!given) return;
        await Promise.all([
          queries.invalidateQueries({ queryKey: ['me', 'registrations'] }),
          queries.invalidateQueries({ queryKey: ['me', 'seat', activityId] }),
          queries.invalidateQueries({ queryKey: ['activity', activityId] }),
          // What was shown is void: it goes at once.
          queries.resetQueries({ queryKey: ['me', 'ticket', registrationId] }),
        ]);
        void message.success(t('cancelled'));
      },
    });
  const dead = activityState === 'CANCELLED';
  return (
    <section className="ticket">
      <header>
        <p>{t('ticket')}</p>
        <h1>
          <Link to={`/activities/${activityId}`}>{activityTitle}</Link>
        </h1>
        <p>
          {activity.data ? moment.range(activity.data.startsAt, activity.data.endsAt) : activityStartsAt && moment.exact(activityStartsAt)}
          {activity.data?.place && <span className="ticket-place">{activity.data.place}</span>}
        </p>
      </header>
      <div className="ticket-code">
        {dead ? (
          <Alert type="warning" showIcon title={t('activityCancelled')} description={activity.data?.cancelReason} />
        ) : state === 'ATTENDED' ? (
          <Alert type="success" showIcon title={t('state.ATTENDED')} description={checkedInAt && t('checkedInAt', { moment: moment.exact(checkedInAt) })} />
        ) : (
          <>
            <Qr text={token} label={t('qr', { title: activityTitle })} />
            <p>
              <strong>{personName || t('noName')}</strong>
            </p>
            <p className="soft">{t('showIt')}</p>
          </>
        )}
      </div>
      {!dead && state === 'REGISTERED' && !started && (
        <p className="ticket-acts">
          <Button danger type="text" loading={busy} onClick={cancel}>
            {t('cancel')}
          </Button>
        </p>
      )}
    </section>
  );
}
