import { Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { answer, api } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Toggle } from '../../../ui/controls';
import { CodeField, type Sent } from './code-field';
import { SubmitButton } from './submit-button';

interface Fields {
  address: string;
  password?: string;
  code?: string;
}

/** Address and proof, by password or by code. `address`: what a site suggests. */
export function SignInForm({ onDone, address = '' }: { onDone: () => Promise<void>; address?: string }) {
  const { t } = useTranslation('account');
  const [form] = Form.useForm<Fields>();
  const command = useCommand(form);
  const [way, setWay] = useState<'password' | 'code'>('password');
  const [sent, setSent] = useState<Sent | null>(null);
  const submit = async (fields: Fields) => {
    if (way === 'code' && !sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    const proof =
      way === 'password'
        ? { password: fields.password ?? '' }
        : { codeId: sent?.codeId ?? '', code: fields.code ?? '' };
    await command.run(
      async () => {
        await answer(api.POST('/v1/sessions', { body: { address: fields.address.trim(), ...proof } }));
        await onDone();
      },
      { leaves: true },
    );
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
      <CommandForm form={form} initialValues={{ address }} onSubmit={submit} className="sheet-form">
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
        <SubmitButton command={command} label={t('signIn')} />
      </CommandForm>
    </>
  );
}
