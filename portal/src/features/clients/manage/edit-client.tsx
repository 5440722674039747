import { Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Dialog } from '../../../ui/dialog';
import { fieldsOf, registrationOf, type Client, type Fields, type Kind } from './client';
import { ClientFields } from './client-fields';
import { clientsQuery } from './queries';

/** Changes what a client is registered with; its kind and its secrets stay. */
export function EditClient({
  client,
  organisationId,
  onClose,
}: {
  client: Client;
  organisationId: string;
  onClose: () => void;
}) {
  const { t } = useTranslation('clients');
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const kind = client.kind as Kind;
  const method = Form.useWatch<Fields['method']>('method', form);
  const { clientId, version } = client;
  const key = clientsQuery(organisationId).queryKey;
  const save = async (fields: Fields) => {
    const body = { version, ...registrationOf(kind, fields) };
    const done = await run(
      (header) => answer(api.PATCH('/v1/clients/{clientId}', { params: { path: { clientId }, header }, body })),
      { success: t('saved'), invalidates: [key], refreshes: [key], sends: JSON.stringify(body) },
    );
    if (done) onClose();
  };
  return (
    <Dialog
      title={t('editTitle', { name: client.name })}
      action={{ label: t('save'), busy, onClick: () => form.submit() }}
      onClose={onClose}
    >
      <CommandForm
        form={form}
        initialValues={{
          name: client.name,
          scopes: client.scopes,
          redirectUris: client.redirectUris.join('\n'),
          postLogoutRedirectUris: client.postLogoutRedirectUris.join('\n'),
          backchannelLogoutUri: client.backchannelLogoutUri,
          pkceOptional: client.pkceOptional,
          ...fieldsOf(client),
        }}
        onSubmit={save}
      >
        <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('nameRule') }]}>
          <Input maxLength={60} />
        </Form.Item>
        <ClientFields kind={kind} registered />
        {client.authentication?.method === 'CLIENT_SECRET' && method === 'PRIVATE_KEY_JWT' && (
          <p className="soft">{t('secretEnds')}</p>
        )}
        {client.authentication?.method === 'PRIVATE_KEY_JWT' && method === 'CLIENT_SECRET' && (
          <p className="soft">{t('secretNeeded')}</p>
        )}
        {kind !== 'MACHINE' && <p className="soft">{t('wider')}</p>}
      </CommandForm>
    </Dialog>
  );
}
