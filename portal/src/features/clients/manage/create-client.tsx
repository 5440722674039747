import { Form, Input, InputNumber, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Dialog } from '../../../ui/dialog';
import { useEnumLabel } from '../../../ui/enum-label';
import { keepsSecret, kinds, registrationOf, type Fields, type Kind, type Secret } from './client';
import { ClientFields } from './client-fields';
import { clientsQuery } from './queries';

/** Registers a client; its secret is handed on to be shown once. */
export function CreateClient({
  organisationId,
  onClose,
  onCreated,
}: {
  organisationId: string;
  onClose: () => void;
  onCreated: (secret: Secret) => void;
}) {
  const { t } = useTranslation('clients');
  const label = useEnumLabel();
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const kind = (Form.useWatch('kind', form) as Kind | undefined) ?? 'MACHINE';
  const method = Form.useWatch<Fields['method']>('method', form);
  const create = async (fields: Fields) => {
    const secretDays = keepsSecret(fields.kind, fields.method) ? (fields.secretDays ?? 0) : 0;
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/clients', {
            params: { path: { organisationId }, header },
            body: { kind: fields.kind, secretDays, ...registrationOf(fields.kind, fields) },
          }),
        ),
      { invalidates: [clientsQuery(organisationId).queryKey] },
    );
    if (done?.client) onCreated({ client: done.client, secret: done.clientSecret });
  };
  return (
    <Dialog title={t('create')} action={{ label: t('create'), busy, onClick: () => form.submit() }} onClose={onClose}>
      <CommandForm
        form={form}
        initialValues={{ kind: 'MACHINE', scopes: [], method: 'CLIENT_SECRET', idTokenAlgorithm: 'RS256' }}
        onValuesChange={(changed) => 'kind' in changed && form.setFieldValue('scopes', [])}
        onSubmit={create}
      >
        <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('nameRule') }]}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="kind" label={t('kind')}>
          <Radio.Group options={kinds.map((value) => ({ value, label: label('ClientKind', value) }))} />
        </Form.Item>
        <ClientFields kind={kind} />
        {keepsSecret(kind, method) && (
          <Form.Item name="secretDays" label={t('secretDays')} extra={t('secretDaysHint')}>
            <InputNumber min={1} max={730} precision={0} />
          </Form.Item>
        )}
      </CommandForm>
    </Dialog>
  );
}
