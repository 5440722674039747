import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { problemOf } from '../../../api/problem';
import { Notice } from '../../../ui/controls';
import { InstallHint } from '../../../ui/install-hint';
import { useMoment } from '../../../ui/moment';
import { useNow } from '../../../ui/now';
import { useTitle } from '../../../ui/sheet';
import { useEnumLabel } from '../../../ui/enum-label';
import { MoreButton } from '../../../ui/more-button';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { usePrefetchedTickets } from './prefetch-tickets';
import { offlineTickets, usableTickets } from './offline-tickets';
import { myRegistrationsQuery, type Registration } from './queries';
import './registrations.css';

const colours = {
  REGISTERED: 'processing',
  ATTENDED: 'success',
  CANCELLED: 'default',
  STATE_UNSPECIFIED: 'default',
} as const;

/** Every seat I took, newest first. */
export function MyActivities() {
  const { t } = useTranslation('registrations');
  useTitle(t('title'));
  const navigate = useNavigate();
  const now = useNow();
  const list = useInfiniteQuery({ ...myRegistrationsQuery, networkMode: 'always' });
  const all = useMemo(() => list.data?.pages.flatMap((page) => page.registrations), [list.data]);
  usePrefetchedTickets(all);
  const complete = list.data && !list.hasNextPage;
  useEffect(() => {
    if (complete && all)
      offlineTickets.only(all.filter((one) => hasTicket(one)).map(({ registrationId }) => registrationId));
  }, [complete, all]);
  // What is stored stands in until the platform has answered; it stays when the platform cannot be reached.
  const unreachable = Boolean(list.error) && problemOf(list.error).status === 0;
  const stored = !list.data && (!list.error || unreachable) ? usableTickets(offlineTickets.all(), now) : [];
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      {stored.length > 0 && (
        <>
          {unreachable && (
            <Notice kind="warm" title={t('offline')}>
              {t('offlineText')}
            </Notice>
          )}
          <ul className="stack stack-offline">
            {stored.map(({ registration }) => (
              <Item key={registration.registrationId} registration={registration} />
            ))}
          </ul>
        </>
      )}
      <QueryBoundary query={stored.length > 0 ? { ...list, data: null } : list}>
        {() => {
          if (stored.length > 0 || !all) return null;
          if (all.length === 0)
            return (
              <EmptyState
                text={t('nothing')}
                action={<Button onClick={() => void navigate('/activities')}>{t('find')}</Button>}
              />
            );
          return (
            <>
              <ul className="stack">
                {all.map((registration) => (
                  <Item key={registration.registrationId} registration={registration} />
                ))}
              </ul>
              <MoreButton query={list} />
            </>
          );
        }}
      </QueryBoundary>
      <InstallHint />
    </>
  );
}

/** There is a ticket to show for it. */
const hasTicket = ({ state, activityState }: Registration) => state === 'REGISTERED' && activityState !== 'CANCELLED';

function Item({ registration }: { registration: Registration }) {
  const { t } = useTranslation('registrations');
  const label = useEnumLabel();
  const moment = useMoment();
  const navigate = useNavigate();
  const { registrationId, activityId, activityTitle, activityStartsAt, activityState, state } = registration;
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h2>
            <Link to={`/activities/${activityId}`}>{activityTitle}</Link>
          </h2>
          <Tag color={colours[state]}>{label('RegistrationState', state)}</Tag>
          {activityState === 'CANCELLED' && <Tag color="warning">{t('activityCancelled')}</Tag>}
        </div>
        <p className="soft">{activityStartsAt && moment.exact(activityStartsAt)}</p>
      </div>
      <div className="stack-acts">
        {hasTicket(registration) && (
          <Button type="primary" onClick={() => void navigate(`/me/activities/${registrationId}`)}>
            {t('ticket')}
          </Button>
        )}
        {state === 'ATTENDED' && activityState !== 'CANCELLED' && (
          <Button onClick={() => void navigate(`/me/activities/${registrationId}`)}>{t('certificate')}</Button>
        )}
      </div>
    </li>
  );
}
