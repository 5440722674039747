import { CheckCircleOutlined, StopOutlined } from '@ant-design/icons';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Checkbox, Form, Input, Modal, Radio } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useDesk } from '../../../api/rights';
import { useAct, useSure } from '../../../ui/command';
import { useMoment } from '../../../ui/moment';
import { Asked, Nothing } from '../../../ui/states';
import { clientsQuery } from './queries';

type Client = Schema<'Client'>;
type Kind = 'MACHINE' | 'WEB' | 'PUBLIC_APP';
/** A secret as it came: empty when there is none, or when it was shown before. */
interface Secret {
  client: Client;
  secret: string;
  oldUntil?: string | undefined;
}

const kinds: Kind[] = ['MACHINE', 'WEB', 'PUBLIC_APP'];
const scopesOf = (kind: Kind) =>
  kind === 'MACHINE'
    ? ['members.read', 'members.verify', 'activities.manage', 'registrations.read', 'checkins.manage']
    : ['openid', 'profile', 'person_number'];

/** The systems of an organisation that use the API, and their secrets. */
export function Clients() {
  const { organisationId } = useDesk();
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const queries = useQueryClient();
  const [creating, create] = useState(false);
  const [secret, reveal] = useState<Secret | null>(null);
  const list = useInfiniteQuery(clientsQuery(organisationId));
  const refresh = () => void queries.invalidateQueries({ queryKey: ['desk', organisationId, 'clients'] });
  return (
    <>
      <p className="soft">{t('clients.lead')}</p>
      <div className="desk-bar">
        <Button type="primary" onClick={() => create(true)}>
          {t('clients.create')}
        </Button>
      </div>
      <Asked query={list} rows={8}>
        {({ pages }) => {
          const clients = pages.flatMap((page) => page.clients);
          if (clients.length === 0) return <Nothing text={t('clients.nothing')} />;
          return (
            <>
              <table className="desk-table">
                <thead>
                  <tr>
                    <th scope="col">{t('clients.name')}</th>
                    <th scope="col">{t('clients.id')}</th>
                    <th scope="col">{t('clients.scopes')}</th>
                    <th scope="col">{t('clients.used')}</th>
                    <th scope="col">{t('clients.state')}</th>
                    <th scope="col">
                      <span className="visually-hidden">{t('clients.acts')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {clients.map((client) => (
                    <tr key={client.clientId}>
                      <td data-name={t('clients.name')}>
                        <span>
                          {client.name}
                          <br />
                          <span className="soft">{t(`clients.kinds.${client.kind}`)}</span>
                        </span>
                      </td>
                      <td data-name={t('clients.id')} className="mono">
                        {client.clientId}
                      </td>
                      <td data-name={t('clients.scopes')}>
                        {client.scopes
                          .map((scope) => t(`clients.scope.${scope.replace('.', '_')}`, { defaultValue: scope }))
                          .join(t('clients.comma'))}
                      </td>
                      <td data-name={t('clients.used')}>
                        {client.lastUsedAt ? moment.exact(client.lastUsedAt) : t('clients.never')}
                      </td>
                      <td data-name={t('clients.state')}>
                        <span className="whole">
                          {client.disabled ? (
                            <StopOutlined aria-hidden className="soft" />
                          ) : (
                            <CheckCircleOutlined aria-hidden className="good" />
                          )}{' '}
                          {t(client.disabled ? 'clients.disabled' : 'clients.active')}
                        </span>
                      </td>
                      <td>{!client.disabled && <Acts client={client} onSecret={reveal} onChanged={refresh} />}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {list.hasNextPage && (
                <p className="desk-more">
                  <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                    {t('more')}
                  </Button>
                </p>
              )}
            </>
          );
        }}
      </Asked>
      {creating && (
        <Create
          organisationId={organisationId}
          onLeave={() => create(false)}
          onDone={(made) => {
            create(false);
            reveal(made);
            refresh();
          }}
        />
      )}
      {secret && <SecretDialog {...secret} onKept={() => reveal(null)} />}
    </>
  );
}

function Acts({
  client,
  onSecret,
  onChanged,
}: {
  client: Client;
  onSecret: (secret: Secret) => void;
  onChanged: () => void;
}) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const { message } = App.useApp();
  const rotating = useAct();
  const disabling = useAct();
  const sure = useSure();
  const { clientId, name } = client;
  const rotate = async () => {
    const done = await rotating.act((header) =>
      answer(api.POST('/v1/clients/{clientId}:rotateSecret', { params: { path: { clientId }, header }, body: {} })),
    );
    if (done) onSecret({ client, secret: done.clientSecret, oldUntil: done.oldSecretExpiresAt });
  };
  const disable = async () => {
    const done = await disabling.act((header) =>
      answer(api.POST('/v1/clients/{clientId}:disable', { params: { path: { clientId }, header }, body: {} })),
    );
    if (!done) return;
    void message.success(t('clients.disabledDone'));
    onChanged();
  };
  return (
    <div className="acts">
      {client.kind !== 'PUBLIC_APP' && (
        <Button
          size="small"
          onClick={() =>
            sure({
              title: t('clients.rotateTitle', { name }),
              content: t('clients.rotateText'),
              yes: t('clients.rotate'),
              no: app('form.cancel'),
              danger: false,
              act: rotate,
            })
          }
        >
          {t('clients.rotate')}
        </Button>
      )}
      <Button
        size="small"
        danger
        onClick={() =>
          sure({
            title: t('clients.disableTitle', { name }),
            content: t('clients.disableText'),
            yes: t('clients.disable'),
            no: app('form.cancel'),
            act: disable,
          })
        }
      >
        {t('clients.disable')}
      </Button>
    </div>
  );
}

interface Fields {
  name: string;
  kind: Kind;
  scopes: string[];
  redirectUris?: string;
}

function Create({
  organisationId,
  onLeave,
  onDone,
}: {
  organisationId: string;
  onLeave: () => void;
  onDone: (made: Secret) => void;
}) {
  const { t } = useTranslation('desk');
  const { t: app } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct(form);
  const kind = (Form.useWatch('kind', form) as Kind | undefined) ?? 'MACHINE';
  const lines = (text: string | undefined) =>
    (text ?? '')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const create = async (fields: Fields) => {
    const done = await act((header) =>
      answer(
        api.POST('/v1/organisations/{organisationId}/clients', {
          params: { path: { organisationId }, header },
          body: {
            name: fields.name.trim(),
            kind: fields.kind,
            scopes: fields.scopes,
            redirectUris: fields.kind === 'MACHINE' ? [] : lines(fields.redirectUris),
          },
        }),
      ),
    );
    if (done?.client) onDone({ client: done.client, secret: done.clientSecret });
  };
  return (
    <Modal
      open
      title={t('clients.create')}
      okText={t('clients.create')}
      cancelText={app('form.cancel')}
      okButtonProps={{ loading: busy }}
      onOk={() => form.submit()}
      onCancel={onLeave}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{ kind: 'MACHINE', scopes: [] }}
        onValuesChange={(changed) => 'kind' in changed && form.setFieldValue('scopes', [])}
        onFinish={(fields) => void create(fields)}
      >
        <Form.Item
          name="name"
          label={t('clients.name')}
          rules={[{ required: true, whitespace: true, message: t('clients.nameRule') }]}
        >
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="kind" label={t('clients.kind')}>
          <Radio.Group options={kinds.map((value) => ({ value, label: t(`clients.kinds.${value}`) }))} />
        </Form.Item>
        <Form.Item
          name="scopes"
          label={t('clients.scopes')}
          rules={[
            {
              validator: (_, chosen: string[] | undefined) =>
                chosen?.length ? Promise.resolve() : Promise.reject(new Error(t('clients.scopesRule'))),
            },
          ]}
        >
          <Checkbox.Group
            role="group"
            aria-label={t('clients.scopes')}
            options={scopesOf(kind).map((value) => ({ value, label: t(`clients.scope.${value.replace('.', '_')}`) }))}
          />
        </Form.Item>
        {kind !== 'MACHINE' && (
          <Form.Item
            name="redirectUris"
            label={t('clients.redirects')}
            rules={[
              {
                validator: (_, text: string | undefined) =>
                  lines(text).length > 0 && lines(text).every((line) => URL.canParse(line))
                    ? Promise.resolve()
                    : Promise.reject(
                        new Error(t(kind === 'PUBLIC_APP' ? 'clients.redirectsAppRule' : 'clients.redirectsRule')),
                      ),
              },
            ]}
          >
            <Input.TextArea
              autoSize={{ minRows: 2, maxRows: 8 }}
              spellCheck={false}
              placeholder={kind === 'PUBLIC_APP' ? 'com.example.app:/callback' : 'https://'}
            />
          </Form.Item>
        )}
      </Form>
    </Modal>
  );
}

/** The only time the secret is seen: it closes by its button alone. */
function SecretDialog({ client, secret, oldUntil, onKept }: Secret & { onKept: () => void }) {
  const { t } = useTranslation('desk');
  const moment = useMoment();
  const { message } = App.useApp();
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      void message.success(t('clients.copied'));
    } catch {
      void message.warning(t('clients.copyFailed'));
    }
  };
  return (
    <Modal
      open
      closable={false}
      keyboard={false}
      mask={{ closable: false }}
      title={secret ? t('clients.secretTitle') : client.name}
      footer={
        <Button type="primary" onClick={onKept}>
          {t('clients.kept')}
        </Button>
      }
    >
      <p>
        {secret ? t('clients.secretText') : t(client.kind === 'PUBLIC_APP' ? 'clients.noSecret' : 'clients.secretGone')}
      </p>
      {(['id', 'secret'] as const).map((what) => {
        const text = what === 'id' ? client.clientId : secret;
        if (!text) return null;
        return (
          <div className="secret" key={what}>
            <span className="soft">{t(`clients.${what}`)}</span>
            <code className="mono">{text}</code>
            <Button
              size="small"
              aria-label={`${t('clients.copy')} ${t(`clients.${what}`)}`}
              onClick={() => void copy(text)}
            >
              {t('clients.copy')}
            </Button>
          </div>
        );
      })}
      {oldUntil && <p className="soft">{t('clients.old', { at: moment.exact(oldUntil) })}</p>}
    </Modal>
  );
}
