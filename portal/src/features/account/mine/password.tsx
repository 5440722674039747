import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { sessionsQuery } from './queries';

interface Fields {
  currentPassword: string;
  newPassword: string;
}

export function Password() {
  const { t } = useTranslation('security');
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const change = async ({ currentPassword, newPassword }: Fields) => {
    const changed = await run(
      (header) =>
        answer(api.POST('/v1/me:changePassword', { params: { header }, body: { currentPassword, newPassword } })),
      { success: t('changed'), invalidates: [sessionsQuery.queryKey] },
    );
    if (changed) form.resetFields();
  };
  return (
    <section aria-labelledby="password">
      <h2 id="password">{t('password')}</h2>
      <div className="paper">
        <CommandForm form={form} onSubmit={change} style={{ maxWidth: 420 }}>
          <Form.Item
            name="currentPassword"
            label={t('currentPassword')}
            rules={[{ required: true, message: t('currentPasswordRule') }]}
          >
            <Input.Password autoComplete="current-password" maxLength={128} />
          </Form.Item>
          <Form.Item
            name="newPassword"
            label={t('newPassword')}
            extra={t('newPasswordHint')}
            rules={[{ required: true, min: 10, message: t('newPasswordRule') }]}
          >
            <Input.Password autoComplete="new-password" maxLength={128} />
          </Form.Item>
          <Button type="primary" htmlType="submit" loading={busy}>
            {t('change')}
          </Button>
        </CommandForm>
      </div>
    </section>
  );
}
