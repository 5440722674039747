import { infiniteQueryOptions, useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useAct, useSure } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { Asked, Nothing } from '../../../ui/states';

const consentsQuery = infiniteQueryOptions({
  queryKey: ['me', 'consents'],
  queryFn: ({ pageParam }) =>
    answer(
      api.GET('/v1/me/consents', { params: { query: { pageSize: 50, ...(pageParam && { pageToken: pageParam }) } } }),
    ),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextPageToken || undefined,
});

/** Who may see what of mine, since when, and how to end it. */
export function ConsentsPage() {
  const { t } = useTranslation('consents');
  useTitle(t('title'));
  const list = useInfiniteQuery(consentsQuery);
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      <Asked query={list}>
        {({ pages }) => {
          const all = pages.flatMap((page) => page.consents);
          if (all.length === 0) return <Nothing text={t('nothing')} />;
          return (
            <>
              <ul className="stack">
                {all.map((consent) => (
                  <Item key={consent.consentId} consent={consent} />
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

function Item({ consent }: { consent: Schema<'Consent'> }) {
  const { t } = useTranslation('consents');
  const moment = useMoment();
  const queries = useQueryClient();
  const { act } = useAct();
  const { message } = useNotices();
  const sure = useSure();
  const { consentId, organisationName, purpose, fields, givenAt, withdrawnAt } = consent;
  const withdraw = () =>
    sure({
      title: t('withdrawTitle', { organisation: organisationName }),
      content: t('withdrawText'),
      yes: t('withdraw'),
      no: t('keep'),
      act: async () => {
        const ended = await act((header) =>
          answer(
            api.POST('/v1/me/consents/{consentId}:withdraw', { params: { path: { consentId }, header }, body: {} }),
          ),
        );
        if (!ended) return;
        await queries.invalidateQueries({ queryKey: consentsQuery.queryKey });
        message.success(t('withdrawn'));
      },
    });
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h2>{organisationName}</h2>
          <Tag color={withdrawnAt ? 'default' : 'processing'}>{t(withdrawnAt ? 'ended' : 'stands')}</Tag>
        </div>
        <p>
          {t(withdrawnAt ? 'saw' : 'sees', {
            fields: fields.map((field) => t(`field.${field}`, { defaultValue: field })).join(t('and')),
          })}
        </p>
        <p className="soft">{t('purpose', { purpose })}</p>
        <p className="soft">
          {givenAt && t('givenAt', { moment: moment.exact(givenAt) })}
          {withdrawnAt && ` · ${t('withdrawnAt', { moment: moment.exact(withdrawnAt) })}`}
        </p>
      </div>
      {!withdrawnAt && (
        <div className="stack-acts">
          <Button onClick={withdraw}>{t('withdraw')}</Button>
        </div>
      )}
    </li>
  );
}
