import { useQuery } from '@tanstack/react-query';
import { Button, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation, useSearchParams } from 'react-router';
import { answer, api } from '../../api/client';
import { problemOf } from '../../api/problem';
import { useMe } from '../../api/me';
import { useRefusal } from '../../app/problems';
import { Sheet } from '../../app/sheet';
import { Asked, Loading, Plain } from '../../app/states';

/** A site wants to sign the person in: what it would learn, and yes or no. */
export function Consent() {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  const [search] = useSearchParams();
  const location = useLocation();
  const me = useMe();
  const refuse = useRefusal();
  const [busy, setBusy] = useState(false);
  const take = (name: string) => search.get(name) ?? '';
  const parameters = {
    clientId: take('client_id'),
    redirectUri: take('redirect_uri'),
    responseType: take('response_type'),
    scope: take('scope'),
    state: take('state'),
    nonce: take('nonce'),
    codeChallenge: take('code_challenge'),
    codeChallengeMethod: take('code_challenge_method'),
  };
  const asked = useQuery({
    queryKey: ['authorization', search.toString()],
    queryFn: () => answer(api.POST('/v1/authorizations', { body: { parameters } })),
    enabled: Boolean(me.data),
    staleTime: Infinity,
    retry: false,
  });
  if (me.data === undefined) return <Loading />;
  if (me.data === null) {
    const next = `/oauth2/authorize${location.search}`;
    return <Navigate to={`/sign-in?next=${encodeURIComponent(next)}`} replace />;
  }
  const decide = async (consent: 'GIVEN' | 'REFUSED') => {
    setBusy(true);
    try {
      const decided = await answer(api.POST('/v1/authorizations', { body: { parameters, consent } }));
      window.location.assign(decided.redirectTo);
    } catch (error) {
      refuse(error);
      setBusy(false);
    }
  };
  // The site asked in a way that cannot be answered; going back to it would not be safe (RFC 9700 section 4.11).
  if (asked.error && [400, 404].includes(problemOf(asked.error).status)) {
    return (
      <Plain heading={t('consentBroken')} text={t('consentBrokenText')}>
        <Link to="/">{word('state.backHome')}</Link>
      </Plain>
    );
  }
  return (
    <Asked query={asked}>
      {({ question, redirectTo }) => {
        if (!question) {
          window.location.assign(redirectTo);
          return <Loading />;
        }
        return (
          <Sheet
            title={t('consentTitle', { site: question.clientName })}
            lead={t('consentLead', { organisation: question.organisationName })}
          >
            <ul>
              {question.scopes.map((scope) => (
                <li key={scope}>{t(`scope.${scope}`, { defaultValue: scope })}</li>
              ))}
            </ul>
            <p className="soft">{t('consentNote')}</p>
            <Space wrap>
              <Button type="primary" loading={busy} onClick={() => void decide('GIVEN')}>
                {t('consentGive')}
              </Button>
              <Button disabled={busy} onClick={() => void decide('REFUSED')}>
                {t('consentRefuse')}
              </Button>
            </Space>
          </Sheet>
        );
      }}
    </Asked>
  );
}
