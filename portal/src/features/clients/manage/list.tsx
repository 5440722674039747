import { CheckCircleOutlined, StopOutlined } from '@ant-design/icons';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../../../api/rights';
import { useEnumLabel } from '../../../ui/enum-label';
import { useMoment } from '../../../ui/moment';
import { useNow } from '../../../ui/now';
import { ResourceTable, type Column } from '../../../ui/resource-table';
import { EmptyState } from '../../../ui/states';
import { ClientActions } from './client-actions';
import type { Client, Secret } from './client';
import { CreateClient } from './create-client';
import { EditClient } from './edit-client';
import { clientsQuery } from './queries';
import { SecretDialog } from './secret-dialog';

/** The systems of an organisation that use the API, and their secrets. */
export function Clients() {
  const { t } = useTranslation('clients');
  const { organisationId } = useDesk();
  const [creating, setCreating] = useState(false);
  const [editing, setEditing] = useState<Client | null>(null);
  const [secret, setSecret] = useState<Secret | null>(null);
  const list = useInfiniteQuery(clientsQuery(organisationId));
  const columns = useColumns();
  return (
    <>
      <p className="soft">{t('lead')}</p>
      <div className="toolbar">
        <Button type="primary" onClick={() => setCreating(true)}>
          {t('create')}
        </Button>
      </div>
      <ResourceTable
        query={list}
        rowsOf={(page) => page.clients}
        keyOf={(client) => client.clientId}
        columns={columns}
        actions={(client) =>
          !client.disabled && (
            <ClientActions client={client} organisationId={organisationId} onSecret={setSecret} onEdit={setEditing} />
          )
        }
        empty={<EmptyState text={t('nothing')} />}
        lines={8}
      />
      {creating && (
        <CreateClient
          organisationId={organisationId}
          onClose={() => setCreating(false)}
          onCreated={(created) => {
            setCreating(false);
            setSecret(created);
          }}
        />
      )}
      {editing && <EditClient client={editing} organisationId={organisationId} onClose={() => setEditing(null)} />}
      {secret && <SecretDialog {...secret} onKept={() => setSecret(null)} />}
    </>
  );
}

function useColumns(): Column<Client>[] {
  const { t } = useTranslation('clients');
  const label = useEnumLabel();
  const moment = useMoment();
  const now = useNow();
  return [
    {
      name: t('name'),
      cell: ({ name, kind }) => (
        <span>
          {name}
          <br />
          <span className="soft">{label('ClientKind', kind)}</span>
        </span>
      ),
    },
    { name: t('id'), mono: true, cell: ({ clientId }) => clientId },
    {
      name: t('scopes'),
      cell: ({ scopes }) =>
        scopes.map((scope) => t(`scope.${scope.replace('.', '_')}`, { defaultValue: scope })).join(t('comma')),
    },
    { name: t('used'), cell: ({ lastUsedAt }) => (lastUsedAt ? moment.exact(lastUsedAt) : t('never')) },
    {
      name: t('state'),
      cell: ({ disabled, secretExpiresAt: until }) => (
        <span>
          <span className="whole">
            {disabled ? (
              <StopOutlined aria-hidden className="soft" />
            ) : (
              <CheckCircleOutlined aria-hidden className="good" />
            )}{' '}
            {t(disabled ? 'disabled' : 'active')}
          </span>
          {!disabled && until && (
            <>
              <br />
              <span className="soft">
                {t(Date.parse(until) > now ? 'secretUntil' : 'secretOver', { at: moment.exact(until) })}
              </span>
            </>
          )}
        </span>
      ),
    },
  ];
}
