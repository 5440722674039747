import { useQuery } from '@tanstack/react-query';
import { Button, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation, useSearchParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import { problemOf } from '../../../api/problem';
import { useMe } from '../../../api/me';
import { useCommand } from '../../../ui/command';
import { Sheet, useTitle } from '../../../ui/sheet';
import { QueryBoundary, Failure, Loading, MessagePage } from '../../../ui/states';
import { afterSignIn, goesTo, parametersOf } from './authorization';

/** A site wants to sign the person in: what it would learn, and yes or no. */
export function Consent() {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  const [search] = useSearchParams();
  const location = useLocation();
  const me = useMe();
  const { run, busy } = useCommand();
  const [decided, setDecided] = useState<Schema<'CreateAuthorizationResponse'> | null>(null);
  const parameters = parametersOf(search);
  const asked = useQuery({
    queryKey: ['authorization', search.toString()],
    queryFn: () => answer(api.POST('/v1/authorizations', { body: { parameters } })),
    enabled: Boolean(me.data),
    staleTime: Infinity,
    retry: false,
  });
  if (me.data === undefined)
    return me.error ? <Failure page error={me.error} retry={() => void me.refetch()} /> : <Loading />;
  if (me.data === null) {
    const next = `/oauth2/authorize${location.search}`;
    return <Navigate to={`/sign-in?next=${encodeURIComponent(next)}`} replace />;
  }
  const decide = async (consent: 'GIVEN' | 'REFUSED') => {
    const said = await run(() => answer(api.POST('/v1/authorizations', { body: { parameters, consent } })), {
      leaves: true,
      onProblem: ({ code }) => {
        if (code !== 'MINOR_AT_THIRD_PARTY') return false;
        void asked.refetch();
        return true;
      },
    });
    if (said) setDecided(said);
  };
  if (decided && !decided.question) return <Onward answer={decided} />;
  const problem = asked.error ? problemOf(asked.error) : undefined;
  if (problem?.code === 'MINOR_AT_THIRD_PARTY') {
    return (
      <MessagePage heading={problem.title} text={problem.detail}>
        <Button type="primary" loading={busy} onClick={() => void decide('REFUSED')}>
          {t('consentBack')}
        </Button>
        <Link to="/">{word('state.backHome')}</Link>
      </MessagePage>
    );
  }
  // The site asked in a way that cannot be answered; going back to it would not be safe (RFC 9700 section 4.11).
  if (problem && [400, 404].includes(problem.status)) return <Invalid />;
  return (
    <QueryBoundary query={asked}>
      {(said) =>
        said.question ? (
          <Sheet
            title={t('consentTitle', { site: said.question.clientName })}
            lead={t('consentLead', { organisation: said.question.organisationName })}
          >
            <ul>
              {said.question.scopes.map((scope) => (
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
        ) : (
          <Onward answer={said} />
        )
      }
    </QueryBoundary>
  );
}

function Invalid() {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  return (
    <MessagePage heading={t('consentBroken')} text={t('consentBrokenText')}>
      <Link to="/">{word('state.backHome')}</Link>
    </MessagePage>
  );
}

/** Where the browser goes with the answer: to the site, to an app of this device, or to signing in once more. */
function Onward({ answer: { redirectTo, signInRequired } }: { answer: Schema<'CreateAuthorizationResponse'> }) {
  const { t } = useTranslation('account');
  const { t: word } = useTranslation();
  const [search] = useSearchParams();
  const where = goesTo(redirectTo);
  useTitle(t('consentOnward'));
  useEffect(() => {
    if (where !== 'nowhere') window.location.assign(redirectTo);
  }, [where, redirectTo]);
  if (signInRequired) return <Navigate to={`/sign-in?next=${encodeURIComponent(afterSignIn(search))}`} replace />;
  if (where === 'nowhere') return <Invalid />;
  if (where === 'site') return <Loading />;
  return (
    <MessagePage heading={t('consentInApp')} text={t('consentInAppText')}>
      <Button type="primary" href={redirectTo}>
        {t('consentOpenApp')}
      </Button>
      <Link to="/">{word('state.backHome')}</Link>
    </MessagePage>
  );
}
