import { useInfiniteQuery } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { problemOf } from '../../api/problem';
import { useTitle } from '../../app/sheet';
import { Asked, Nothing } from '../../app/states';
import { Card, Face } from './card';
import { keepOnly, keptCards } from './kept';
import { stayReadable } from './offline';
import { membershipsQuery } from './queries';
import './memberships.css';

/** My member cards. Without a network: those that were shown here before. */
export function MembershipsPage() {
  const { t } = useTranslation('memberships');
  useTitle(t('title'));
  const navigate = useNavigate();
  const list = useInfiniteQuery({ ...membershipsQuery, networkMode: 'always' });
  useEffect(() => void stayReadable(), []);
  const all = list.data?.pages.flatMap((page) => page.memberships);
  const complete = list.data && !list.hasNextPage;
  useEffect(() => {
    if (complete && all) keepOnly(all.filter(({ state }) => state !== 'RESIGNED').map(({ membershipId }) => membershipId));
  });
  const kept = list.error && !list.data && problemOf(list.error).status === 0 ? keptCards() : [];
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      {kept.length > 0 ? (
        <>
          <Alert type="warning" showIcon title={t('offline')} description={t('offlineText')} action={<Button onClick={() => void list.refetch()}>{t('again')}</Button>} />
          <ul className="member-cards">
            {kept.map((card) => (
              <li key={card.token}>
                <Face {...(card.membership ? { membership: card.membership } : {})} url={card.url} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <Asked query={list} rows={8}>
          {() =>
            !all || all.length === 0 ? (
              <Nothing text={t('nothing')} action={<Button type="primary" onClick={() => void navigate('/organisations')}>{t('find')}</Button>} />
            ) : (
              <>
                <ul className="member-cards">
                  {all.map((membership) => (
                    <li key={membership.membershipId}>
                      <Card membership={membership} />
                    </li>
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
            )
          }
        </Asked>
      )}
    </>
  );
}
