import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useMoment } from '../../app/moment';
import { useTitle } from '../../app/sheet';
import { Asked, Nothing } from '../../app/states';
import { myRegistrationsQuery, type Registration } from './queries';

const colours = { REGISTERED: 'processing', ATTENDED: 'success', CANCELLED: 'default', STATE_UNSPECIFIED: 'default' } as const;

/** Every seat I took, newest first. */
export function MyActivities() {
  const { t } = useTranslation('registrations');
  useTitle(t('title'));
  const navigate = useNavigate();
  const list = useInfiniteQuery(myRegistrationsQuery);
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <Asked query={list}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.registrations);
          if (all.length === 0) return <Nothing text={t('nothing')} action={<Button onClick={() => void navigate('/activities')}>{t('find')}</Button>} />;
          return (
            <>
              <ul className="stack">
                {all.map((registration) => (
                  <Item key={registration.registrationId} registration={registration} />
                ))}
              </ul>
              {list.hasNextPage && (
                <p className="activities-more">
                  <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {t('more')}
                  </Button>
                </p>
              )}
            </>
          );
        }}
      </Asked>
    </>
  );
}

function Item({ registration }: { registration: Registration }) {
  const { t } = useTranslation('registrations');
  const moment = useMoment();
  const navigate = useNavigate();
  const { registrationId, activityId, activityTitle, activityStartsAt, activityState, state } = registration;
  const usable = state === 'REGISTERED' && activityState !== 'CANCELLED';
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h2>
            <Link to={`/activities/${activityId}`}>{activityTitle}</Link>
          </h2>
          <Tag color={colours[state]}>{t(`state.${state}`)}</Tag>
          {activityState === 'CANCELLED' && <Tag color="warning">{t('activityCancelled')}</Tag>}
        </div>
        <p className="soft">{activityStartsAt && moment.exact(activityStartsAt)}</p>
      </div>
      <div className="stack-acts">
        {usable && (
          <Button type="primary" onClick={() => void navigate(`/me/activities/${registrationId}`)}>
            {t('ticket')}
          </Button>
        )}
      </div>
    </li>
  );
}
