import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { answer, api } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useTitle } from '../../../ui/sheet';
import { QueryBoundary, EmptyState } from '../../../ui/states';
import { wardsQuery } from './queries';
import { WardItem } from './ward';
import './guardians.css';

/** The children a person answers for: enter a code, read for whom it is, agree, refuse, take it back. */
export function WardsPage() {
  const { t } = useTranslation('guardians');
  useTitle(t('title'));
  const me = useMe();
  const navigate = useNavigate();
  const list = useQuery(wardsQuery);
  return (
    <>
      <h1>{t('title')}</h1>
      <p className="lead">{t('lead')}</p>
      {me.data && !me.data.verified ? (
        <Alert
          type="info"
          showIcon
          title={t('verifyFirst')}
          action={
            <Button size="small" onClick={() => void navigate('/me/person')}>
              {t('verifyDo')}
            </Button>
          }
        />
      ) : (
        <CodeEntry />
      )}
      <h2>{t('list')}</h2>
      <QueryBoundary query={list}>
        {(wards) =>
          wards.length === 0 ? (
            <EmptyState text={t('nothing')} />
          ) : (
            <ul className="stack wards">
              {wards.map((ward) => (
                <WardItem key={ward.guardianshipId + ward.state} ward={ward} />
              ))}
            </ul>
          )
        }
      </QueryBoundary>
    </>
  );
}

function CodeEntry() {
  const { t } = useTranslation('guardians');
  const [form] = Form.useForm<{ code: string }>();
  const { run, busy } = useCommand(form);
  const enter = async ({ code }: { code: string }) => {
    const ward = await run(
      (header) =>
        answer(api.POST('/v1/me/wards', { params: { header }, body: { code: code.normalize('NFKC').trim() } })),
      { success: ({ maskedName }) => t('entered', { name: maskedName }), invalidates: [wardsQuery.queryKey] },
    );
    if (ward) form.resetFields();
  };
  return (
    <section className="paper">
      <h2>{t('enterTitle')}</h2>
      <CommandForm form={form} className="ward-enter" onSubmit={enter}>
        <Form.Item
          name="code"
          label={t('enterCode')}
          extra={t('enterHint')}
          validateTrigger="onBlur"
          rules={[
            {
              validator: (_, typed: string | undefined) =>
                (typed ?? '').normalize('NFKC').replace(/[\s\p{Pd}]/gu, '').length === 12
                  ? Promise.resolve()
                  : Promise.reject(new Error(t('enterRule'))),
            },
          ]}
        >
          <Input autoComplete="off" autoCapitalize="characters" spellCheck={false} maxLength={40} />
        </Form.Item>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t('enterDo')}
        </Button>
      </CommandForm>
    </section>
  );
}
