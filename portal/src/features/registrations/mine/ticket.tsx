import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { answer, api } from '../../../api/client';
import { problemOf } from '../../../api/problem';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { Notice } from '../../../ui/controls';
import { useMoment } from '../../../ui/moment';
import { QrCode } from '../../../ui/qr-code';
import { useNow } from '../../../ui/now';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary } from '../../../ui/states';
import { activityQuery } from '../../../api/activities';
import { CertificateButton } from '../../papers';
import { RegistrationAnswers } from '../../forms';
import { offlineTickets, type OfflineTicket } from './offline-tickets';
import { myAnswersQuery, ticketQuery, type Registration } from './queries';
import './registrations.css';

/** The ticket that is shown at the entrance. The one stored on the device is shown until the platform has answered. */
export function TicketPage() {
  const { t } = useTranslation('registrations');
  const label = useEnumLabel();
  const { registrationId = '' } = useParams();
  useTitle(t('ticket'));
  const ticket = useQuery({ ...ticketQuery(registrationId), networkMode: 'always' });
  const problem = problemOf(ticket.error);
  const rejected = !ticket.data && ticket.error && problem.status !== 0;
  useEffect(() => {
    if (rejected) offlineTickets.drop(registrationId);
  }, [rejected, registrationId]);
  if (ticket.data?.registration)
    return <TicketSheet registration={ticket.data.registration} token={ticket.data.token} />;
  if (rejected && problem.code === 'REGISTRATION_CANCELLED') {
    return (
      <>
        <h1>{t('ticket')}</h1>
        <Notice kind="info" title={label('RegistrationState', 'CANCELLED')}>
          {t('cancelledText')}
        </Notice>
        <p>
          <Link to="/me/activities">{t('back')}</Link>
        </p>
      </>
    );
  }
  const stored = rejected
    ? undefined
    : offlineTickets.all().find(({ registration }) => registration.registrationId === registrationId);
  if (!stored)
    return (
      <QueryBoundary query={ticket} rows={8}>
        {() => null}
      </QueryBoundary>
    );
  return (
    <TicketSheet
      registration={stored.registration}
      token={stored.token}
      stored={stored}
      offline={Boolean(ticket.error)}
    />
  );
}

function TicketSheet({
  registration,
  token,
  stored,
  offline,
}: {
  registration: Registration;
  token: string;
  stored?: OfflineTicket;
  offline?: boolean;
}) {
  const { t } = useTranslation('registrations');
  const moment = useMoment();
  const now = useNow();
  const queries = useQueryClient();
  const label = useEnumLabel();
  const { run, busy } = useCommand();
  const confirm = useConfirm();
  const { activityId, registrationId, activityTitle, activityStartsAt, activityState, state, checkedInAt, personName } =
    registration;
  const activity = useQuery({ ...activityQuery(activityId), enabled: !stored });
  const endsAt = activity.data?.endsAt ?? stored?.endsAt;
  const place = activity.data?.place ?? stored?.place;
  const closesAt = activity.data?.registrationClosesAt ?? activity.data?.startsAt;
  const open = Boolean(closesAt) && Date.parse(closesAt ?? '') > now;
  const started = Date.parse(activityStartsAt ?? '') <= now;
  const cancel = () =>
    confirm({
      title: t('cancelTitle'),
      content: t('cancelText'),
      confirm: t('cancelDo'),
      cancel: t('keep'),
      onConfirm: async () => {
        const given = await run(
          (header) =>
            answer(
              api.POST('/v1/registrations/{registrationId}:cancel', {
                params: { path: { registrationId }, header },
                body: {},
              }),
            ),
          {
            success: t('cancelled'),
            invalidates: [
              ['me', 'registrations'],
              ['me', 'seat', activityId],
              ['activity', activityId],
            ],
          },
        );
        if (!given) return;
        offlineTickets.drop(registrationId);
        // The ticket on the page is void: it goes at once.
        await queries.resetQueries({ queryKey: ['me', 'ticket', registrationId] });
      },
    });
  const cancelled = (activity.data?.state ?? activityState) === 'CANCELLED';
  const valid = !cancelled && state === 'REGISTERED';
  useEffect(() => {
    if (stored || !activity.data) return;
    if (valid) offlineTickets.keep({ registration, token, endsAt: activity.data.endsAt, place: activity.data.place });
    else offlineTickets.drop(registrationId);
  }, [stored, valid, activity.data, registration, registrationId, token]);
  return (
    <section className="ticket">
      <header>
        <p>{t('ticket')}</p>
        <h1>
          <Link to={`/activities/${activityId}`}>{activityTitle}</Link>
        </h1>
        <p>
          {endsAt
            ? moment.range(activity.data?.startsAt ?? activityStartsAt, endsAt)
            : activityStartsAt && moment.exact(activityStartsAt)}
          {place && <span className="ticket-place">{place}</span>}
        </p>
      </header>
      <div className="ticket-code">
        {cancelled ? (
          <Notice kind="warm" title={t('activityCancelled')}>
            {activity.data?.cancelReason}
          </Notice>
        ) : state === 'ATTENDED' ? (
          <>
            <Notice kind="good" title={label('RegistrationState', 'ATTENDED')}>
              {checkedInAt && t('checkedInAt', { moment: moment.exact(checkedInAt) })}
            </Notice>
            {endsAt && Date.parse(endsAt) <= now ? (
              <CertificateButton kind="ATTENDANCE" recordId={registrationId} />
            ) : (
              <p className="soft">{t('certificateLater')}</p>
            )}
          </>
        ) : (
          <>
            <QrCode text={token} label={t('qr', { title: activityTitle })} />
            <p>
              <strong>{personName || t('noName')}</strong>
            </p>
            <p className="soft">{t(offline ? 'showKept' : 'showIt')}</p>
          </>
        )}
      </div>
      {!stored && registration.formVersion > 0 && (
        <details className="ticket-answers">
          <summary>{t('answers')}</summary>
          <Answers registrationId={registrationId} />
          {valid && open && (
            <p>
              <Link to={`/me/activities/${registrationId}/answers`}>{t('changeAnswers')}</Link>
            </p>
          )}
        </details>
      )}
      {valid && !stored && !started && (
        <p className="ticket-acts">
          <Button danger type="text" loading={busy} onClick={cancel}>
            {t('cancel')}
          </Button>
        </p>
      )}
    </section>
  );
}

function Answers({ registrationId }: { registrationId: string }) {
  const { t } = useTranslation('registrations');
  const moment = useMoment();
  const answers = useQuery(myAnswersQuery(registrationId));
  const changedAt = answers.data?.changedAt;
  return (
    <>
      <RegistrationAnswers query={answers} registrationId={registrationId} own />
      {changedAt && <p className="soft">{t('changedAt', { moment: moment.exact(changedAt) })}</p>}
    </>
  );
}
