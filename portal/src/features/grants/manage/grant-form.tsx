import { Button, Form, Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { numberOf } from '../../../ui/typed';
import { changed } from './queries';
import { useRoleName } from './role-name';
import './grant-form.css';

interface Fields {
  personNumber: string;
  role: string;
  lastDay?: string;
  reason?: string;
}

/** Gives a role on an organisation to a person, by person number; or proposes it, if two people give it. */
export function GrantForm({ organisationId, roles }: { organisationId: string; roles: readonly Schema<'Role'>[] }) {
  const { t } = useTranslation('grants');
  const name = useRoleName();
  const me = useMe().data?.personNumber;
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const role = Form.useWatch('role', form);
  const chosen = roles.find((one) => one.role === role);
  const give = async ({ role, personNumber, lastDay, reason }: Fields) => {
    const done = chosen?.twoPeople
      ? await run(
          (header) =>
            answer(
              api.POST('/v1/organisations/{organisationId}/grantProposals', {
                params: { path: { organisationId }, header },
                body: { action: 'GIVE', role, personNumber, reason: reason ?? '' },
              }),
            ),
          { success: t('proposed'), invalidates: changed(organisationId) },
        )
      : await run(
          (header) =>
            answer(
              api.POST('/v1/organisations/{organisationId}/grants', {
                params: { path: { organisationId }, header },
                body: { role, personNumber, lastDay: lastDay ?? '' },
              }),
            ),
          { success: t('given'), invalidates: changed(organisationId) },
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
      {chosen?.twoPeople ? (
        <Form.Item
          name="reason"
          label={t('reason')}
          extra={t('twoPeople')}
          rules={[{ required: true, whitespace: true, min: 2, message: t('reasonRule') }]}
        >
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
      ) : (
        <Form.Item name="lastDay" label={t('lastDay')} extra={t('lastDayHint')}>
          <Input type="date" />
        </Form.Item>
      )}
      <Button type="primary" htmlType="submit" loading={busy}>
        {t(chosen?.twoPeople ? 'propose' : 'give')}
      </Button>
    </CommandForm>
  );
}
