import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { problemOf } from '../../../api/problem';
import { Notice } from '../../../ui/controls';
import { InstallHint } from '../../../ui/install-hint';
import { useTitle } from '../../../ui/sheet';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';
import { Card, CardFace } from './card';
import { offlineCards } from './offline-cards';
import { membershipsQuery } from './queries';
import './memberships.css';

/** My member cards. Without a network: those that were shown here before. */
export function MembershipsPage() {
  const { t } = useTranslation('memberships');
  useTitle(t('title'));
  const navigate = useNavigate();
  const list = useInfiniteQuery({ ...membershipsQuery, networkMode: 'always' });
  const all = list.data?.pages.flatMap((page) => page.memberships);
  const complete = list.data && !list.hasNextPage;
  useEffect(() => {
    if (complete && all)
      offlineCards.only(all.filter(({ state }) => state !== 'RESIGNED').map(({ membershipId }) => membershipId));
  });
  // What is stored stands in until the platform has answered; it stays when the platform cannot be reached.
  const unreachable = Boolean(list.error) && problemOf(list.error).status === 0;
  const stored = !list.data && (!list.error || unreachable) ? offlineCards.all() : [];
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      {stored.length > 0 ? (
        <>
          {unreachable && (
            <Notice kind="warm" title={t('offline')}>
              {t('offlineText')} <Button onClick={() => void list.refetch()}>{t('again')}</Button>
            </Notice>
          )}
          <ul className="member-cards">
            {stored.map((card) => (
              <li key={card.token}>
                <CardFace {...(card.membership ? { membership: card.membership } : {})} url={card.url} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <PagedList
          query={list}
          itemsOf={(page) => page.memberships}
          rows={8}
          empty={
            <EmptyState
              text={t('nothing')}
              action={
                <Button type="primary" onClick={() => void navigate('/organisations')}>
                  {t('find')}
                </Button>
              }
            />
          }
        >
          {(memberships) => (
            <ul className="member-cards">
              {memberships.map((membership) => (
                <li key={membership.membershipId}>
                  <Card membership={membership} />
                </li>
              ))}
            </ul>
          )}
        </PagedList>
      )}
      <InstallHint />
    </>
  );
}
