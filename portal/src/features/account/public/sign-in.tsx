import { useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate, useSearchParams } from 'react-router';
import { enterSession } from '../../../api/session';
import { Sheet } from '../../../ui/sheet';
import { Loading } from '../../../ui/states';
import { authorizationIn, useAuthorization } from './authorization';
import { Onward } from './onward';
import { RequestFailure } from './request-failure';
import { followReturnAddress, useReturnAddress } from './return-address';
import { SignInForm } from './sign-in-form';

export function SignIn() {
  const [search] = useSearchParams();
  const id = authorizationIn(search);
  return id ? <SignInAtSite id={id} another={search.has('another')} /> : <Form />;
}

/** A site has sent the person here: it is named. Who is signed in already goes on, unless they want to be another person. */
function SignInAtSite({ id, another }: { id: string; another: boolean }) {
  const { t } = useTranslation('account');
  const { data: asked, error } = useAuthorization(id);
  const settled = asked !== undefined && asked.step !== 'SIGN_IN' && !another;
  if (error) return <RequestFailure error={error} />;
  if (settled) return <Onward id={id} />;
  if (!asked) return <Loading />;
  const { clientName: site, organisationName: organisation, loginHint } = asked;
  return <Form title={t('signInAt', { site })} lead={t('signInAtLead', { organisation })} address={loginHint} />;
}

function Form({ title, lead, address }: { title?: string; lead?: string; address?: string }) {
  const { t } = useTranslation('account');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const next = useReturnAddress();
  const { search } = useLocation();
  const enter = async () => {
    await enterSession(queries);
    followReturnAddress(next, navigate);
  };
  return (
    <Sheet title={title ?? t('signIn')} lead={lead ?? t('signInLead')}>
      <SignInForm onDone={enter} {...(address && { address })} />
      <p className="sheet-links">
        <Link to={`/sign-up${search}`}>{t('noAccount')}</Link>
        <Link to={`/recover${search}`}>{t('forgotten')}</Link>
      </p>
    </Sheet>
  );
}
