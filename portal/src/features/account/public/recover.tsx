import { useQueryClient } from '@tanstack/react-query';
import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api } from '../../../api/client';
import { enterSession } from '../../../api/session';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Sheet } from '../../../ui/sheet';
import { CodeField, type Sent } from './code-field';
import { followReturnAddress, useReturnAddress } from './return-address';
import { SubmitButton } from './submit-button';

interface Fields {
  address: string;
  code: string;
  newPassword: string;
}

export function Recover() {
  const { t } = useTranslation('account');
  const [form] = Form.useForm<Fields>();
  const command = useCommand(form);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const [sent, setSent] = useState<Sent | null>(null);
  const submit = async ({ code, newPassword }: Fields) => {
    if (!sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    const body = { codeId: sent.codeId, code, newPassword };
    await command.run(
      async (header) => {
        await answer(api.POST('/v1/accounts:recover', { params: { header }, body }));
        await enterSession(queries);
        followReturnAddress(next, navigate);
      },
      { sends: JSON.stringify(body), leaves: true },
    );
  };
  return (
    <Sheet title={t('recover')} lead={t('recoverLead')}>
      <CommandForm form={form} onSubmit={submit} className="sheet-form">
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
        <SubmitButton command={command} label={t('recoverDo')} />
      </CommandForm>
      <p className="sheet-links">
        <Link to={`/sign-in${search}`}>{t('backToSignIn')}</Link>
      </p>
    </Sheet>
  );
}
