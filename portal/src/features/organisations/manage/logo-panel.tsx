import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { organisationQuery } from '../../../api/organisations';
import { useCommand } from '../../../ui/command';
import { useConfirm } from '../../../ui/confirm';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { EmptyState, QueryBoundary } from '../../../ui/states';
import { logosQuery } from './logo-queries';
import { LogoUpload } from './logo-upload';
import './logo.css';

type Logo = Schema<'Logo'>;

/** The logos of an organisation: what is proposed and published, and a new one. */
export function LogoPanel({ organisationId }: { organisationId: string }) {
  const { t } = useTranslation('organisations-manage');
  const logos = useQuery(logosQuery(organisationId));
  return (
    <QueryBoundary query={logos}>
      {({ logos: all }) => (
        <div className="logo-panel">
          <p className="soft">{t('logo.lead')}</p>
          {all.some(({ state }) => state === 'PROPOSED') || <LogoUpload organisationId={organisationId} />}
          <section aria-label={t('logo.history')}>
            <h3>{t('logo.history')}</h3>
            {all.length === 0 ? (
              <EmptyState text={t('logo.none')} />
            ) : (
              <ul className="logo-list">
                {all.map((logo) => (
                  <LogoItem key={logo.logoId} logo={logo} />
                ))}
              </ul>
            )}
          </section>
        </div>
      )}
    </QueryBoundary>
  );
}

function LogoItem({ logo }: { logo: Logo }) {
  const { t, i18n } = useTranslation('organisations-manage');
  const label = useEnumLabel();
  const moment = useMoment();
  const confirm = useConfirm();
  const queries = useQueryClient();
  const { run, busy } = useCommand();
  const { organisationId, logoId, state } = logo;
  const shown = state === 'PROPOSED' || state === 'PUBLISHED';
  const alt = (i18n.language === 'en' && logo.altEn) || logo.altZh;
  const act = async (what: 'publish' | 'withdraw') => {
    await run(
      (header) => {
        const params = { path: { organisationId, logoId }, header };
        return what === 'publish'
          ? answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:publish', { params, body: {} }))
          : answer(api.POST('/v1/organisations/{organisationId}/logos/{logoId}:withdraw', { params, body: {} }));
      },
      {
        success: t(what === 'publish' ? 'logo.published' : 'logo.withdrawn'),
        refreshes: [logosQuery(organisationId).queryKey],
      },
    );
    await queries.invalidateQueries({ queryKey: organisationQuery(organisationId).queryKey });
  };
  const ask = (what: 'publish' | 'withdraw') =>
    confirm({
      title: t(`logo.${what}Ask`),
      content: t(`logo.${what}Text`),
      confirm: t(`logo.${what}`),
      danger: what === 'withdraw',
      onConfirm: () => act(what),
    });
  return (
    <li>
      {shown && (
        <img
          className="logo-shown"
          src={`/v1/organisations/${organisationId}/logos/${logoId}/content`}
          alt={alt}
          width={96}
          height={96}
        />
      )}
      <div className="logo-facts">
        <p>
          <Tag color={state === 'PUBLISHED' ? 'success' : state === 'PROPOSED' ? 'processing' : 'default'}>
            {label('LogoState', state)}
          </Tag>{' '}
          <span>{alt}</span>
        </p>
        {logo.proposedAt && <p className="soft">{t('logo.at', { date: moment.exact(logo.proposedAt) })}</p>}
        {state === 'PROPOSED' && logo.proposedByCaller && <Alert type="info" showIcon title={t('logo.own')} />}
        {shown && (
          <div className="logo-acts">
            {state === 'PROPOSED' && !logo.proposedByCaller && (
              <Button type="primary" loading={busy} onClick={() => ask('publish')}>
                {t('logo.publish')}
              </Button>
            )}
            <Button danger disabled={busy} onClick={() => ask('withdraw')}>
              {t('logo.withdraw')}
            </Button>
          </div>
        )}
      </div>
    </li>
  );
}
