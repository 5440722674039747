import { useInfiniteQuery } from '@tanstack/react-query';
import { Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { pagedQuery } from '../../../api/paged-query';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useMoment } from '../../../ui/moment';
import { PagedList } from '../../../ui/paged-list';
import { EmptyState } from '../../../ui/states';

const sitesQuery = pagedQuery({
  queryKey: ['me', 'sites'],
  fetchPage: (token) => answer(api.GET('/v1/me/sites', { params: { query: { pageSize: 50, ...token } } })),
});

/** The sites that the person signs in to with this account, what they learn, and how to end it. */
export function Sites() {
  const { t } = useTranslation('consents');
  const list = useInfiniteQuery(sitesQuery);
  return (
    <section>
      <h2>{t('sites')}</h2>
      <p className="lead">{t('sitesLead')}</p>
      <PagedList query={list} itemsOf={(page) => page.sites} empty={<EmptyState text={t('noSites')} />}>
        {(all) => (
          <ul className="stack">
            {all.map((site) => (
              <Site key={site.clientId} site={site} />
            ))}
          </ul>
        )}
      </PagedList>
    </section>
  );
}

function Site({ site }: { site: Schema<'ConnectedSite'> }) {
  const { t } = useTranslation('consents');
  const moment = useMoment();
  const { run } = useCommand();
  const confirm = useConfirm();
  const { clientId, clientName, organisationName, scopes, givenAt, offline } = site;
  const disconnect = () =>
    confirm({
      title: t('disconnectTitle', { site: clientName }),
      content: t('disconnectText'),
      confirm: t('disconnect'),
      cancel: t('keep'),
      onConfirm: () =>
        run(
          () => answer(api.POST('/v1/me/sites/{clientId}:disconnect', { params: { path: { clientId } }, body: {} })),
          {
            success: t('disconnected'),
            invalidates: [sitesQuery.queryKey],
          },
        ),
    });
  const words = scopes.map((scope) => t(`scope.${scope}`, { defaultValue: scope })).join(t('and'));
  return (
    <li className="stack-item">
      <div>
        <div className="stack-head">
          <h3>{clientName}</h3>
          {offline && <Tag color="warning">{t('siteOffline')}</Tag>}
        </div>
        <p>{t('siteSees', { scopes: words })}</p>
        <p className="soft">
          {t('siteOf', { organisation: organisationName })}
          {givenAt && ` · ${t('siteSince', { moment: moment.exact(givenAt) })}`}
        </p>
      </div>
      <div className="stack-acts">
        <Button onClick={disconnect}>{t('disconnect')}</Button>
      </div>
    </li>
  );
}
