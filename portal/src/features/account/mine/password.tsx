import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useAct } from '../../../ui/command';
import { useNotices } from '../../../ui/notices';
import { sessionsQuery } from './queries';

interface Fields {
  currentPassword: string;
  newPassword: string;
}

export function Password() {
  const { t } = useTranslation('security');
  const [form] = Form.useForm<Fields>();
  const { act, busy } = useAct(form);
  const { message } = useNotices();
  const queries = useQueryClient();
  const change = async ({ currentPassword, newPassword }: Fields) => {
    const changed = await act((header) =>
      answer(api.POST('/v1/me:changePassword', { params: { header }, body: { currentPassword, newPassword } })),
    );
    if (!changed) return;
    form.resetFields();
    void queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
    message.success(t('changed'));
  };
  return (
    <section aria-labelledby="password">
      <h2 id="password">{t('password')}</h2>
      <div className="paper">
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          onFinish={(fields) => void change(fields)}
          style={{ maxWidth: 420 }}
        >
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
        </Form>
      </div>
    </section>
  );
}
