import { Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { Toggle } from '../../../ui/controls';
import { useFieldErrors } from '../../../ui/field-errors';
import { useSecurityCheck } from '../../../ui/security-check';
import { CodeField, type Sent } from './code-field';

interface Fields {
  address: string;
  password?: string;
  code?: string;
}

/** Address and proof, by password or by code. */
export function SignInForm({ onDone }: { onDone: () => Promise<void> }) {
  const { t } = useTranslation('account');
  const { t: app } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const showProblem = useFieldErrors(form);
  const [way, setWay] = useState<'password' | 'code'>('password');
  const [sent, setSent] = useState<Sent | null>(null);
  const [busy, setBusy] = useState(false);
  const checking = useSecurityCheck() && busy;
  const submit = async (fields: Fields) => {
    if (way === 'code' && !sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    setBusy(true);
    const address = fields.address.trim();
    const proof =
      way === 'password'
        ? { password: fields.password ?? '' }
        : { codeId: sent?.codeId ?? '', code: fields.code ?? '' };
    try {
      await answer(api.POST('/v1/sessions', { body: { address, ...proof } }));
      await onDone();
    } catch (error) {
      showProblem(error);
      setBusy(false);
    }
  };
  return (
    <>
      <Toggle
        value={way}
        label={t('way')}
        onChange={setWay}
        options={[
          { value: 'password', label: t('byPassword') },
          { value: 'code', label: t('byCode') },
        ]}
      />
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
        {way === 'password' ? (
          <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('passwordMissing') }]}>
            <Input.Password autoComplete="current-password" maxLength={128} />
          </Form.Item>
        ) : (
          <CodeField form={form} purpose="SIGN_IN" sent={sent} onSent={setSent} />
        )}
        <Button type="primary" htmlType="submit" block size="large" loading={busy}>
          {checking ? app('securityCheck') : t('signIn')}
        </Button>
      </Form>
    </>
  );
}
