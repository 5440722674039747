import { useQueryClient } from '@tanstack/react-query';
import { Checkbox, Form, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api } from '../../../api/client';
import { useDivisions } from '../../../api/divisions';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Choice } from '../../../ui/controls';
import { enterSession } from '../../../api/session';
import { Sheet } from '../../../ui/sheet';
import { CodeField, type Sent } from './code-field';
import { discardSignUpDraft, readSignUpDraft, saveSignUpDraft } from './sign-up-draft';
import { followReturnAddress, useReturnAddress } from './return-address';
import { SubmitButton } from './submit-button';

interface Fields {
  address: string;
  code: string;
  password: string;
  displayName: string;
  divisionCode?: string;
  agreed?: boolean;
}

export function SignUp() {
  const { t } = useTranslation('account');
  const [form] = Form.useForm<Fields>();
  const command = useCommand(form);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const provinces = useDivisions('');
  const [before] = useState(readSignUpDraft);
  const [sent, setSent] = useState(before.sent);
  const keep = (code: Sent | null) => saveSignUpDraft(code, form.getFieldsValue(true) as Fields);
  const submit = async (fields: Fields) => {
    if (!sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    const body = {
      codeId: sent.codeId,
      code: fields.code,
      password: fields.password,
      displayName: fields.displayName.trim(),
      divisionCode: fields.divisionCode ?? '',
    };
    await command.run(
      async (header) => {
        await answer(api.POST('/v1/accounts', { params: { header }, body }));
        discardSignUpDraft();
        await enterSession(queries);
        followReturnAddress(next, navigate);
      },
      { sends: JSON.stringify(body), leaves: true },
    );
  };
  return (
    <Sheet title={t('signUp')} lead={t('signUpLead')}>
      <CommandForm
        form={form}
        initialValues={before.fields}
        onValuesChange={() => keep(sent)}
        onSubmit={submit}
        className="sheet-form"
      >
        <Form.Item name="address" label={t('address')} rules={[{ required: true, message: t('addressRule') }]}>
          <Input autoComplete="username" maxLength={254} placeholder={t('addressPlaceholder')} />
        </Form.Item>
        <CodeField
          form={form}
          purpose="SIGN_UP"
          sent={sent}
          onSent={(code) => {
            setSent(code);
            keep(code);
          }}
        />
        <Form.Item
          name="password"
          label={t('newPassword')}
          extra={t('passwordHint')}
          rules={[{ required: true, min: 10, message: t('passwordRule') }]}
        >
          <Input.Password autoComplete="new-password" maxLength={128} />
        </Form.Item>
        <Form.Item
          name="displayName"
          label={t('displayName')}
          rules={[{ required: true, whitespace: true, message: t('displayNameRule') }]}
        >
          <Input autoComplete="nickname" maxLength={40} />
        </Form.Item>
        <Form.Item name="divisionCode" label={t('division')} extra={t('divisionHint')}>
          <Choice
            options={[
              { value: '', label: t('divisionNone') },
              ...(provinces.data ?? []).map((division) => ({ value: division.code, label: division.name })),
            ]}
          />
        </Form.Item>
        <Form.Item
          name="agreed"
          valuePropName="checked"
          rules={[
            { validator: (_, agreed) => (agreed ? Promise.resolve() : Promise.reject(new Error(t('agreeRule')))) },
          ]}
        >
          <Checkbox>{t('agree')}</Checkbox>
        </Form.Item>
        <SubmitButton command={command} label={t('signUp')} />
      </CommandForm>
      <p className="sheet-links">
        <Link to={`/sign-in${search}`}>{t('haveAccount')}</Link>
      </p>
    </Sheet>
  );
}
