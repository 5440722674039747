import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { numberOf } from '../../../ui/typed';
import { grantsQuery } from './queries';
import { useRoleName } from './role-name';
import './grant-form.css';

interface Fields {
  personNumber: string;
  role: string;
}

/** Gives a role on an organisation to a person, by person number. */
export function GrantForm({ organisationId, roles }: { organisationId: string; roles: readonly Schema<'Role'>[] }) {
  const { t } = useTranslation('grants');
  const name = useRoleName();
  const me = useMe().data?.personNumber;
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const role = Form.useWatch('role', form);
  const chosen = roles.find((one) => one.role === role);
  const give = async (fields: Fields) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/organisations/{organisationId}/grants', {
            params: { path: { organisationId }, header },
            body: { role: fields.role, personNumber: fields.personNumber },
          }),
        ),
      { success: t('given'), invalidates: [grantsQuery(organisationId).queryKey] },
    );
    if (done) form.resetFields();
  };
  return (
    <CommandForm form={form} className="grant-form" onSubmit={give}>
      <Form.Item
        name="personNumber"
        label={t('person')}
        extra={t('personHint')}
        normalize={(typed: string) => numberOf(typed, 16)}
        rules={[
          { required: true, pattern: /^\d{15}[\dX]$/, message: t('personRule') },
          {
            validator: (_, typed: string | undefined) =>
              typed && typed === me ? Promise.reject(new Error(t('notOneself'))) : Promise.resolve(),
          },
        ]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
      <Form.Item
        name="role"
        label={t('role')}
        rules={[{ required: true, message: t('roleRule') }]}
        extra={
          chosen &&
          t('permits', {
            list: chosen.permissions
              .map((permission) => t(`permission.${permission.replace('.', '_')}`, { defaultValue: permission }))
              .join(t('comma')),
          })
        }
      >
        <Select listHeight={400} options={roles.map((one) => ({ value: one.role, label: name(one, one.role) }))} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={busy}>
        {t('give')}
      </Button>
    </CommandForm>
  );
}
