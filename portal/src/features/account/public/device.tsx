import { Button, Form, Input, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { Sheet, useTitle } from '../../../ui/sheet';
import { SignedIn } from '../../../ui/signed-in';
import { MessagePage } from '../../../ui/states';
import { ScopeList } from './scope-list';

type Found = Schema<'DeviceSignIn'>;

/** A device without a browser shows letters; here the person says which, sees which site it is, and decides. */
export function Device() {
  return (
    <SignedIn>
      <Steps />
    </SignedIn>
  );
}

function Steps() {
  const [found, setFound] = useState<Found>();
  const [decided, setDecided] = useState<boolean>();
  if (decided !== undefined) return <Done approved={decided} />;
  if (found) return <Question found={found} onDecided={setDecided} onOther={() => setFound(undefined)} />;
  return <Enter onFound={setFound} />;
}

/** The letters; an address from a QR code has them, and the person confirms that they are those of the device. */
function Enter({ onFound }: { onFound: (found: Found) => void }) {
  const { t } = useTranslation('account');
  const [search] = useSearchParams();
  const [form] = Form.useForm<{ userCode: string }>();
  const { run, busy } = useCommand(form);
  const find = async ({ userCode }: { userCode: string }) => {
    const done = await run(() => answer(api.POST('/v1/deviceSignIns:find', { body: { userCode } })), {
      sends: userCode,
      onProblem: ({ code }) => (code === 'DEVICE_CODE_WRONG' ? 'userCode' : false),
    });
    if (done) onFound(done);
  };
  return (
    <Sheet title={t('deviceTitle')} lead={t('deviceLead')}>
      <CommandForm form={form} initialValues={{ userCode: search.get('code') ?? '' }} onSubmit={find}>
        <Form.Item
          name="userCode"
          label={t('deviceCode')}
          rules={[{ required: true, whitespace: true, message: t('deviceCodeRule') }]}
        >
          <Input size="large" maxLength={20} autoComplete="off" autoCapitalize="characters" spellCheck={false} />
        </Form.Item>
        <Button type="primary" htmlType="submit" block loading={busy}>
          {t('deviceNext')}
        </Button>
      </CommandForm>
    </Sheet>
  );
}

function Question({
  found,
  onDecided,
  onOther,
}: {
  found: Found;
  onDecided: (approved: boolean) => void;
  onOther: () => void;
}) {
  const { t } = useTranslation('account');
  const { run, busy } = useCommand();
  const decide = async (approved: boolean) => {
    const body = { userCode: found.userCode, approved };
    const done = await run(() => answer(api.POST('/v1/deviceSignIns:decide', { body })), {
      sends: JSON.stringify(body),
    });
    if (done) onDecided(approved);
  };
  return (
    <Sheet
      title={t('deviceQuestion', { site: found.clientName })}
      lead={t('consentLead', { organisation: found.organisationName })}
    >
      <ScopeList scopes={found.scopes} />
      {found.agreedScopes.length > 0 && (
        <>
          <p>{t('consentBefore')}</p>
          <ScopeList scopes={found.agreedScopes} />
        </>
      )}
      <p>
        {t('deviceCompare')} <strong className="mono">{found.userCode}</strong>
      </p>
      <p className="soft">{t('deviceWarning')}</p>
      <Space wrap>
        <Button type="primary" loading={busy} onClick={() => void decide(true)}>
          {t('deviceApprove')}
        </Button>
        <Button disabled={busy} onClick={() => void decide(false)}>
          {t('deviceRefuse')}
        </Button>
      </Space>
      <p className="sheet-links">
        <Button type="link" disabled={busy} onClick={onOther}>
          {t('deviceOther')}
        </Button>
      </p>
    </Sheet>
  );
}

function Done({ approved }: { approved: boolean }) {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  const heading = t(approved ? 'deviceApproved' : 'deviceRefused');
  useTitle(heading);
  return (
    <MessagePage heading={heading} text={t(approved ? 'deviceApprovedText' : 'deviceRefusedText')}>
      <Link to="/me/consents">{t('deviceSites')}</Link>
      <Link to="/">{word('state.backHome')}</Link>
    </MessagePage>
  );
}
