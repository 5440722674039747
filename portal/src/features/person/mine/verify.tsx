import { useQueryClient } from '@tanstack/react-query';
import { Button, Checkbox, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { answer, api } from '../../../api/client';
import { meQuery } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useNotices } from '../../../ui/notices';
import { numberOf } from '../../../ui/typed';
import { guardianshipQuery, needsGuardian } from '../../guardians';
import { followReturnAddress, safeReturnAddress } from '../../account';
import { personQuery } from '../../../api/person';
import { residentIdRight } from './resident-id';

interface Fields {
  name: string;
  residentIdNumber: string;
  consent: boolean;
}

/** Proves the real name. What is typed here is kept nowhere in the browser. */
export function Verify() {
  const { t } = useTranslation('person');
  const [form] = Form.useForm<Fields>();
  const { run, busy } = useCommand(form);
  const { message } = useNotices();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const submit = async ({ name, residentIdNumber }: Fields) => {
    const person = await run((header) =>
      answer(
        api.POST('/v1/me/person:verify', {
          params: { header },
          body: { name: name.trim(), residentIdNumber, consent: true },
        }),
      ),
    );
    if (!person) return;
    queries.setQueryData(personQuery.queryKey, person);
    await queries.invalidateQueries({ queryKey: meQuery.queryKey, exact: true });
    // A guardian has to agree first: the page says so.
    if (needsGuardian(person)) {
      message.info(t('awaitsGuardian'), 6);
      await queries.invalidateQueries({ queryKey: guardianshipQuery.queryKey });
      return;
    }
    message.success(t('verified'));
    const next = search.get('next');
    if (next) followReturnAddress(safeReturnAddress(next), navigate);
  };
  return (
    <section className="paper">
      <h2>{t('verify')}</h2>
      <p className="soft">{t('verifyLead')}</p>
      <CommandForm form={form} onSubmit={submit} style={{ maxWidth: 480 }}>
        <Form.Item
          name="name"
          label={t('realName')}
          extra={t('realNameHint')}
          rules={[{ required: true, whitespace: true, min: 2, message: t('realNameRule') }]}
        >
          <Input autoComplete="name" maxLength={50} />
        </Form.Item>
        <Form.Item
          name="residentIdNumber"
          label={t('residentId')}
          normalize={(typed: string) => numberOf(typed, 18)}
          validateTrigger="onBlur"
          rules={[
            {
              validator: (_, value: string | undefined) =>
                residentIdRight(value ?? '') ? Promise.resolve() : Promise.reject(new Error(t('residentIdRule'))),
            },
          ]}
        >
          <Input autoComplete="off" spellCheck={false} />
        </Form.Item>
        <section className="consent-text" aria-labelledby="consent-text">
          <h3 id="consent-text">{t('consentTitle')}</h3>
          <ul>
            {(t('consentText', { returnObjects: true }) as string[]).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </section>
        <Form.Item
          name="consent"
          valuePropName="checked"
          rules={[
            { validator: (_, given) => (given ? Promise.resolve() : Promise.reject(new Error(t('consentRule')))) },
          ]}
        >
          <Checkbox>{t('consent')}</Checkbox>
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" loading={busy}>
          {t('verifyDo')}
        </Button>
      </CommandForm>
    </section>
  );
}
