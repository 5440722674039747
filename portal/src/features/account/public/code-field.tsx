import { Button, Form, Input, type FormInstance } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { digitsOf } from '../../../ui/typed';

/** What was sent where. */
export interface Sent {
  codeId: string;
  address: string;
  /** When another one can be asked for, in milliseconds. */
  resendAt: number;
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
  const { run, busy } = useCommand(form);
  const [now, setNow] = useState(Date.now);
  const wait = sent ? Math.max(0, Math.ceil((sent.resendAt - now) / 1000)) : 0;
  useEffect(() => {
    if (wait <= 0) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  }, [wait, now]);
  const send = async () => {
    const { address: typed } = (await form.validateFields(['address'])) as { address: string };
    const address = typed.trim();
    const asked = await run(
      (header) => answer(api.POST('/v1/codes', { params: { header }, body: { purpose, address } })),
      { sends: address },
    );
    if (!asked) return;
    const at = Date.parse(asked.resendAt ?? '');
    setNow(Date.now());
    onSent({ codeId: asked.codeId, address, resendAt: Number.isNaN(at) ? Date.now() + 60_000 : at });
  };
  return (
    <Form.Item
      name="code"
      label={t('code')}
      normalize={(typed: string) => digitsOf(typed, 6)}
      rules={[{ required: true, pattern: /^[0-9]{6}$/, message: t('codeRule') }]}
      extra={sent ? <span role="status">{t('codeSent', { address: sent.address })}</span> : t('codeHint')}
    >
      <Input
        inputMode="numeric"
        autoComplete="one-time-code"
        suffix={
          <Button
            type="link"
            size="small"
            className="code-send"
            onClick={() => void send()}
            loading={busy}
            disabled={wait > 0}
          >
            {wait > 0 ? t('resendIn', { count: wait }) : t(sent ? 'resend' : 'sendCode')}
          </Button>
        }
      />
    </Form.Item>
  );
}
