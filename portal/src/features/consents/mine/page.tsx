import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { useTitle } from '../../../ui/sheet';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';
import { Sites } from './sites';

const consentsQuery = pagedQuery({
  queryKey: ['me', 'consents'],
  fetchPage: (token) => answer(api.GET('/v1/me/consents', { params: { query: { pageSize: 50, ...token } } })),
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
      <PagedList query={list} itemsOf={(page) => page.consents} empty={<EmptyState text={t('nothing')} />}>
        {(all) => (
          <ul className="stack">
            {all.map((consent) => (
              <Item key={consent.consentId} consent={consent} />
            ))}
          </ul>
        )}
      </PagedList>
      <Sites />
    </>
  );
}

function Item({ consent }: { consent: Schema<'Consent'> }) {
  const { t } = useTranslation('consents');
  const moment = useMoment();
  const { run } = useCommand();
  const confirm = useConfirm();
  const { consentId, organisationName, purpose, fields, givenAt, withdrawnAt } = consent;
  const withdraw = () =>
    confirm({
      title: t('withdrawTitle', { organisation: organisationName }),
      content: t('withdrawText'),
      confirm: t('withdraw'),
      cancel: t('keep'),
      onConfirm: () =>
        run(
          (header) =>
            answer(
              api.POST('/v1/me/consents/{consentId}:withdraw', { params: { path: { consentId }, header }, body: {} }),
            ),
          { success: t('withdrawn'), invalidates: [consentsQuery.queryKey] },
        ),
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
