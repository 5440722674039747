import { Button, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation, useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { Sheet, useTitle } from '../../../ui/sheet';
import { Failure, Loading, MessagePage } from '../../../ui/states';
import { authorizationIn, useAuthorization } from './authorization';
import { Onward } from './onward';
import { RequestFailure } from './request-failure';
import { ScopeList } from './scope-list';

/** A site wants to sign the person in: as whom, and what it would learn. */
export function Consent() {
  const [search] = useSearchParams();
  const location = useLocation();
  const id = authorizationIn(search);
  // A link of the version before, which had the whole request in its address: it begins anew.
  const again = !id && search.has('client_id');
  useEffect(() => {
    if (again) window.location.replace(`/oauth2/authorize${location.search}`);
  }, [again, location.search]);
  if (again) return <Loading />;
  return id ? <Asked id={id} /> : <Invalid />;
}

function Asked({ id }: { id: string }) {
  const me = useMe();
  const { data: asked, error, refetch } = useAuthorization(id);
  if (me.data === undefined)
    return me.error ? <Failure page error={me.error} retry={() => void me.refetch()} /> : <Loading />;
  if (error) return <RequestFailure error={error} retry={() => void refetch()} />;
  if (!asked) return <Loading />;
  switch (asked.step) {
    case 'SIGN_IN':
      return <Navigate to={`/sign-in?authorization=${id}`} replace />;
    case 'SELECT_ACCOUNT':
      return <Chooser id={id} asked={asked} name={me.data?.displayName ?? ''} />;
    case 'CONSENT':
      return <Question id={id} asked={asked} />;
    default:
      return <Onward id={id} />;
  }
}

/** Sends a decision. Afterwards the browser goes on with the request. */
function useDecision(id: string) {
  const command = useCommand();
  const [decided, setDecided] = useState(false);
  const decide = async (
    decision: 'ACCOUNT_SELECTED' | 'CONSENT_GIVEN' | 'REFUSED',
    onMinor?: (reason: Reason) => void,
  ) => {
    const path = { authorizationId: id };
    const said = await command.run(
      () => answer(api.POST('/v1/authorizations/{authorizationId}:decide', { params: { path }, body: { decision } })),
      {
        leaves: true,
        onProblem: (problem) => {
          if (problem.code !== 'MINOR_AT_THIRD_PARTY' || !onMinor) return false;
          onMinor({ title: problem.title, detail: problem.detail });
          return true;
        },
      },
    );
    if (said) setDecided(true);
  };
  return { decide, decided, busy: command.busy };
}

interface Reason {
  title: string;
  detail: string;
}

/** The site wants the person to say as whom. */
function Chooser({ id, asked, name }: { id: string; asked: Schema<'Authorization'>; name: string }) {
  const { t } = useTranslation('account');
  const { decide, decided, busy } = useDecision(id);
  if (decided) return <Onward id={id} />;
  return (
    <Sheet
      title={t('chooseTitle', { site: asked.clientName })}
      lead={t('signInAtLead', { organisation: asked.organisationName })}
    >
      <Space orientation="vertical" size="middle" className="wide">
        <Button type="primary" block loading={busy} onClick={() => void decide('ACCOUNT_SELECTED')}>
          {t('chooseThis', { name })}
        </Button>
        <Link to={`/sign-in?authorization=${id}&another`}>{t('chooseAnother')}</Link>
      </Space>
    </Sheet>
  );
}

/** What the site would learn, and yes or no. */
function Question({ id, asked }: { id: string; asked: Schema<'Authorization'> }) {
  const { t } = useTranslation('account');
  const { decide, decided, busy } = useDecision(id);
  const [minor, setMinor] = useState<Reason>();
  if (decided) return <Onward id={id} />;
  if (minor) return <Minor reason={minor} busy={busy} onBack={() => void decide('REFUSED')} />;
  // The site has, or gets, all of it.
  const reachable = [...asked.scopes, ...asked.agreedScopes].some((scope) => scope === 'email' || scope === 'phone');
  return (
    <Sheet
      title={t('consentTitle', { site: asked.clientName })}
      lead={t('consentLead', { organisation: asked.organisationName })}
    >
      <ScopeList scopes={asked.scopes} />
      {asked.agreedScopes.length > 0 && (
        <>
          <p>{t('consentBefore')}</p>
          <ScopeList scopes={asked.agreedScopes} />
        </>
      )}
      <p className="soft">{t(reachable ? 'consentNoteReachable' : 'consentNote')}</p>
      <Space wrap>
        <Button type="primary" loading={busy} onClick={() => void decide('CONSENT_GIVEN', setMinor)}>
          {t('consentGive')}
        </Button>
        <Button disabled={busy} onClick={() => void decide('REFUSED')}>
          {t('consentRefuse')}
        </Button>
      </Space>
      <p className="sheet-links">
        <Link to={`/sign-in?authorization=${id}&another`}>{t('chooseAnother')}</Link>
      </p>
    </Sheet>
  );
}

function Minor({ reason, busy, onBack }: { reason: Reason; busy: boolean; onBack: () => void }) {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  useTitle(reason.title);
  return (
    <MessagePage heading={reason.title} text={reason.detail}>
      <Button type="primary" loading={busy} onClick={onBack}>
        {t('consentBack')}
      </Button>
      <Link to="/">{word('state.backHome')}</Link>
    </MessagePage>
  );
}

/** An address without a request. Going back to a site that it names would not be safe (RFC 9700 section 4.11). */
function Invalid() {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  useTitle(t('consentBroken'));
  return (
    <MessagePage heading={t('consentBroken')} text={t('consentBrokenText')}>
      <Link to="/">{word('state.backHome')}</Link>
    </MessagePage>
  );
}
