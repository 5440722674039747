import { useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Form, Input } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { answer, api, idempotencyKey } from '../../../api/client';
import { useDivisions } from '../../../api/divisions';
import { Choice } from '../../../ui/controls';
import { useFieldErrors } from '../../../ui/field-errors';
import { useSecurityCheck } from '../../../ui/security-check';
import { enterSession } from '../../../api/session';
import { Sheet } from '../../../ui/sheet';
import { CodeField, type Sent } from './code-field';
import { discardSignUpDraft, readSignUpDraft, saveSignUpDraft } from './sign-up-draft';
import { followReturnAddress, useReturnAddress } from './return-address';

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
  const { t: app } = useTranslation();
  const [form] = Form.useForm<Fields>();
  const showProblem = useFieldErrors(form);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const provinces = useDivisions('');
  const [before] = useState(readSignUpDraft);
  const [sent, setSent] = useState(before.sent);
  const [busy, setBusy] = useState(false);
  const checking = useSecurityCheck() && busy;
  const key = useRef(idempotencyKey());
  const keep = (code: Sent | null) => saveSignUpDraft(code, form.getFieldsValue(true) as Fields);
  const submit = async (fields: Fields) => {
    if (!sent) {
      form.setFields([{ name: 'code', errors: [t('sendFirst')] }]);
      return;
    }
    setBusy(true);
    try {
      await answer(
        api.POST('/v1/accounts', {
          params: { header: { 'Idempotency-Key': key.current } },
          body: {
            codeId: sent.codeId,
            code: fields.code,
            password: fields.password,
            displayName: fields.displayName.trim(),
            divisionCode: fields.divisionCode ?? '',
          },
        }),
      );
      discardSignUpDraft();
      await enterSession(queries);
      followReturnAddress(next, navigate);
    } catch (error) {
      // What is sent next is another request.
      key.current = idempotencyKey();
      showProblem(error);
      setBusy(false);
    }
  };
  return (
    <Sheet title={t('signUp')} lead={t('signUpLead')}>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={before.fields}
        onValuesChange={() => keep(sent)}
        onFinish={(fields) => void submit(fields)}
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
        <Button type="primary" htmlType="submit" block size="large" loading={busy}>
          {checking ? app('securityCheck') : t('signUp')}
        </Button>
      </Form>
      <p className="sheet-links">
        <Link to={`/sign-in${search}`}>{t('haveAccount')}</Link>
      </p>
    </Sheet>
  );
}
