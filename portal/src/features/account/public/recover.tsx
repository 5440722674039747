import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api } from '../../../api/client';
import { useFieldErrors } from '../../../ui/field-errors';
import { useSecurityCheck } from '../../../ui/security-check';
import { enterSession } from '../../../api/session';
import { Sheet } from '../../../ui/sheet';
import { CodeField, type Sent } from './code-field';
import { followReturnAddress, useReturnAddress } from './return-address';

interface Fields {
  address: string;
  code: string;
  newPassword: string;
}

export function Recover() {
  const { t } = useTranslation('account');
  const { t: app } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const showProblem = useFieldErrors(form);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const [sent, setSent] = useState<Sent | null>(null);
  const [busy, setBusy] = useState(false);
  const checking = useSecurityCheck() && busy;
  const submit = async ({ code, newPassword }: Fields) => {
    if (!sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    setBusy(true);
    try {
      await answer(api.POST('/v1/accounts:recover', { body: { codeId: sent.codeId, code, newPassword } }));
      await enterSession(queries);
      followReturnAddress(next, navigate);
    } catch (error) {
      showProblem(error);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t('recover')} lead={t('recoverLead')}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(fields) => void submit(fields)}
        className="sheet-form"
      >
        <Form.Item name="address" label={t('address')} rules={[{ required: true, message: t('addressRule') }]}>
          <Input autoComplete="username" maxLength={254} placeholder={t('addressPlaceholder')} />
        </Form.Item>
        <CodeField form={form} purpose="RECOVER" sent={sent} onSent={setSent} />
        <Form.Item
          name="newPassword"
          label={t('newPassword')}
          extra={t('passwordHint')}
          rules={[{ required: true, min: 10, message: t('passwordRule') }]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block size="large" loading={busy}>
          {checking ? app('securityCheck') : t('recoverDo')}
        </Button>
      </Form>
      <p className="sheet-links">
        <Link to={`/sign-in${search}`}>{t('backToSignIn')}</Link>
      </p>
    </Sheet>
  );
}
