import { Button, Form, Input, type FormInstance } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../api/client';
import { useRefusal } from '../../app/problems';

/** What was sent where. */
export interface Sent {
  codeId: string;
  address: string;
}

/** The six digits, and the button that sends them. It asks for the address in the same form first. */
export function CodeField({
  form,
  purpose,
  sent,
  onSent,
}: {
  form: FormInstance;
  purpose: NonNullable<Schema<'RequestCodeRequest'>['purpose']>;
  sent: Sent | null;
  onSent: (sent: Sent) => void;
}) {
  const { t } = useTranslation('account');
  const refuse = useRefusal(form);
  const [wait, setWait] = useState(0);
  const [sending, setSending] = useState(false);
  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setWait(wait - 1), 1000);
    return () => clearTimeout(timer);
  }, [wait]);
  const send = async () => {
    const { address } = (await form.validateFields(['address'])) as { address: string };
    setSending(true);
    try {
      const asked = await answer(api.POST('/v1/codes', { body: { purpose, address: address.trim() } }));
      onSent({ codeId: asked.codeId, address: address.trim() });
      setWait(Math.max(1, Math.ceil((Date.parse(asked.resendAt ?? '') - Date.now()) / 1000) || 60));
    } catch (error) {
      refuse(error);
    } finally {
      setSending(false);
    }
  };
  return (
    <Form.Item
      name="code"
      label={t('code')}
      rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('codeRule') }]}
      extra={sent ? <span role="status">{t('codeSent', { address: sent.address })}</span> : t('codeHint')}
    >
      <Input
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        suffix={
          <Button
            type="link"
            size="small"
            className="code-send"
            onClick={() => void send()}
            loading={sending}
            disabled={wait > 0}
          >
            {wait > 0 ? t('resendIn', { count: wait }) : t(sent ? 'resend' : 'sendCode')}
          </Button>
        }
      />
    </Form.Item>
  );
}
