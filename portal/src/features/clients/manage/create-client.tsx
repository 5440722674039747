import { Checkbox, Form, Input, Radio } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Dialog } from '../../../ui/dialog';
import { useEnumLabel } from '../../../ui/enum-label';
import { kinds, scopesOf, type Kind, type Secret } from './client';
import { clientsQuery } from './queries';

interface Fields {
  name: string;
  kind: Kind;
  scopes: string[];
  redirectUris?: string;
}

const linesOf = (text: string | undefined) =>
  (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

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
  const create = async (fields: Fields) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/clients', {
            params: { path: { organisationId }, header },
            body: {
              name: fields.name.trim(),
              kind: fields.kind,
              scopes: fields.scopes,
              redirectUris: fields.kind === 'MACHINE' ? [] : linesOf(fields.redirectUris),
            },
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
        initialValues={{ kind: 'MACHINE', scopes: [] }}
        onValuesChange={(changed) => 'kind' in changed && form.setFieldValue('scopes', [])}
        onSubmit={create}
      >
        <Form.Item name="name" label={t('name')} rules={[{ required: true, whitespace: true, message: t('nameRule') }]}>
          <Input maxLength={60} />
        </Form.Item>
        <Form.Item name="kind" label={t('kind')}>
          <Radio.Group options={kinds.map((value) => ({ value, label: label('ClientKind', value) }))} />
        </Form.Item>
        <Form.Item
          name="scopes"
          label={t('scopes')}
          rules={[
            {
              validator: (_, chosen: string[] | undefined) =>
                chosen?.length ? Promise.resolve() : Promise.reject(new Error(t('scopesRule'))),
            },
          ]}
        >
          <Checkbox.Group
            role="group"
            aria-label={t('scopes')}
            options={scopesOf(kind).map((value) => ({ value, label: t(`scope.${value.replace('.', '_')}`) }))}
          />
        </Form.Item>
        {kind !== 'MACHINE' && (
          <Form.Item
            name="redirectUris"
            label={t('redirects')}
            rules={[
              {
                validator: (_, text: string | undefined) =>
                  linesOf(text).length > 0 && linesOf(text).every((line) => URL.canParse(line))
                    ? Promise.resolve()
                    : Promise.reject(new Error(t(kind === 'PUBLIC_APP' ? 'redirectsAppRule' : 'redirectsRule'))),
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
      </CommandForm>
    </Dialog>
  );
}
