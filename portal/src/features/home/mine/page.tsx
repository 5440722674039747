import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useMemo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMe } from '../../../api/me';
import { useMoment } from '../../../ui/moment';
import { useNow } from '../../../ui/now';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { myApplicationsQuery, writable } from '../../applications';
import { needsGuardian } from '../../guardians';
import { unreadQuery } from '../../inbox';
import { offlineCards } from '../../memberships';
import { personQuery } from '../../../api/person';
import {
  usePrefetchedTickets,
  offlineTickets,
  usableTickets,
  myRegistrationsQuery,
  upcoming,
} from '../../registrations';

/** First what needs attention, then upcoming activities, then frequent links. */
export function MyHome() {
  const { t } = useTranslation('home-mine');
  const me = useMe();
  useTitle(t('overview'));
  return (
    <>
      <h1>{me.data ? t('title', { name: me.data.displayName }) : t('overview')}</h1>
      {!me.data && <OfflineItems />}
      {me.data && (
        <>
          <section aria-labelledby="now">
            <h2 id="now">{t('now')}</h2>
            <Tasks verified={me.data.verified} />
          </section>
          <section aria-labelledby="upcoming">
            <h2 id="upcoming">{t('upcoming')}</h2>
            <Upcoming />
          </section>
        </>
      )}
      <section aria-labelledby="more">
        <h2 id="more">{t('more')}</h2>
        <ul className="quick">
          {(
            [
              ['join', '/organisations'],
              ['cards', '/me/memberships'],
              ['hours', '/me/hours'],
              ['consents', '/me/consents'],
            ] as const
          ).map(([name, to]) => (
            <li key={name}>
              <Link to={to}>
                <strong>{t(`quick.${name}`)}</strong>
                <span>{t(`quick.${name}Text`)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

/** Without a network the account cannot be loaded: cards and tickets stored on the device are shown all the same. */
function OfflineItems() {
  const { t } = useTranslation('home-mine');
  const now = useNow();
  const tickets = usableTickets(offlineTickets.all(), now);
  return (
    <section aria-labelledby="at-hand">
      <h2 id="at-hand">{t('atHand')}</h2>
      {tickets.length === 0 && offlineCards.all().length === 0 && <p className="paper soft">{t('nothingAtHand')}</p>}
      <ul className="quick">
        {offlineCards.all().map(({ token, membership }) => (
          <li key={token}>
            <Link to="/me/memberships">
              <strong>{t('quick.cards')}</strong>
              <span>{membership?.organisationName}</span>
            </Link>
          </li>
        ))}
        {tickets.map(({ registration }) => (
          <li key={registration.registrationId}>
            <Link to={`/me/activities/${registration.registrationId}`}>
              <strong>{t('ticket')}</strong>
              <span>{registration.activityTitle}</span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Task({ calm, title, text, children }: { calm?: boolean; title: string; text: string; children: ReactNode }) {
  return (
    <li className={`stack-item ${calm ? 'now-calm' : 'now'}`}>
      <div>
        <h3>{title}</h3>
        <p className="soft">{text}</p>
      </div>
      <div className="stack-acts">{children}</div>
    </li>
  );
}

function Tasks({ verified }: { verified: boolean }) {
  const { t } = useTranslation('home-mine');
  const navigate = useNavigate();
  const applications = useInfiniteQuery(myApplicationsQuery);
  // A person under 14 has given name and number already, and waits for a guardian.
  const person = useQuery({ ...personQuery, enabled: !verified });
  const unread = useQuery(unreadQuery).data ?? 0;
  const next = person.data && needsGuardian(person.data) ? 'guardian' : 'verify';
  return (
    <QueryBoundary query={applications} rows={2}>
      {({ pages }) => {
        const mine = pages.flatMap((page) => page.applications).filter(writable);
        if (verified && mine.length === 0 && unread === 0) return <p className="paper soft">{t('nothingNow')}</p>;
        return (
          <ul className="stack">
            {!verified && (
              <Task title={t(`${next}.title`)} text={t(`${next}.text`)}>
                <Button type="primary" onClick={() => void navigate('/me/person')}>
                  {t(`${next}.do`)}
                </Button>
              </Task>
            )}
            {mine.map(
              ({ applicationId, organisationId, organisationName: organisation, state, decisionReason: reason }) => (
                <Task
                  key={applicationId}
                  calm={state === 'DRAFT'}
                  title={t(state === 'DRAFT' ? 'draft.title' : 'returned.title', { organisation })}
                  text={state === 'DRAFT' ? t('draft.text') : t('returned.reason', { reason })}
                >
                  <Button
                    type={state === 'DRAFT' ? 'default' : 'primary'}
                    onClick={() => void navigate(`/join/${organisationId}`)}
                  >
                    {t(state === 'DRAFT' ? 'draft.do' : 'returned.do')}
                  </Button>
                </Task>
              ),
            )}
            {unread > 0 && (
              <Task calm title={t('unread.title', { count: unread })} text={t('unread.text')}>
                <Button onClick={() => void navigate('/me/inbox?show=unread')}>{t('unread.do')}</Button>
              </Task>
            )}
          </ul>
        );
      }}
    </QueryBoundary>
  );
}

function Upcoming() {
  const { t } = useTranslation('home-mine');
  const moment = useMoment();
  const now = useNow();
  const navigate = useNavigate();
  const registrations = useInfiniteQuery(myRegistrationsQuery);
  const all = useMemo(() => registrations.data?.pages.flatMap((page) => page.registrations), [registrations.data]);
  usePrefetchedTickets(all);
  return (
    <QueryBoundary query={registrations} rows={2}>
      {() => {
        const next = upcoming(all ?? [], now).slice(0, 5);
        if (next.length === 0)
          return (
            <EmptyState
              text={t('noUpcoming')}
              action={<Button onClick={() => void navigate('/activities')}>{t('findActivity')}</Button>}
            />
          );
        return (
          <ul className="stack">
            {next.map(({ registrationId, activityId, activityTitle, activityStartsAt, activityState }) => (
              <li key={registrationId} className="stack-item">
                <div>
                  <h3>
                    <Link to={`/activities/${activityId}`}>{activityTitle}</Link>
                  </h3>
                  <p className="soft">{activityStartsAt && moment.exact(activityStartsAt)}</p>
                </div>
                <div className="stack-acts">
                  {activityState === 'CANCELLED' ? (
                    <Tag color="warning">{t('cancelled')}</Tag>
                  ) : (
                    <Button onClick={() => void navigate(`/me/activities/${registrationId}`)}>{t('ticket')}</Button>
                  )}
                </div>
              </li>
            ))}
          </ul>
        );
      }}
    </QueryBoundary>
  );
}
