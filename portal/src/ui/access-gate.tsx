import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useNavigate } from 'react-router';
import { meQuery, permissionsQuery, type Permissions } from '../api/me';
import { Failure, Loading, MessagePage } from './states';

/** Asks for a sign-in, after which the person returns to the same address. */
export function SignInFirst() {
  const { t } = useTranslation();
  const location = useLocation();
  const navigate = useNavigate();
  return (
    <MessagePage heading={t('signInFirst')}>
      <Button
        type="primary"
        onClick={() => void navigate(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)}
      >
        {t('nav.signIn')}
      </Button>
      <Link to="/">{t('state.backHome')}</Link>
    </MessagePage>
  );
}

/**
 * Shows its content to signed-in staff, whose permissions are handed to it. `signedOut` and `waiting` replace what others
 * see; `pollMs` is how often a signed-out page checks whether a person has signed in again in this browser.
 */
export function AccessGate({
  children,
  signedOut = <SignInFirst />,
  waiting = <Loading rows={8} />,
  pollMs,
}: {
  children: (permissions: Permissions) => ReactNode;
  signedOut?: ReactNode;
  waiting?: ReactNode;
  pollMs?: number;
}) {
  const me = useQuery({
    ...meQuery,
    retryOnMount: false,
    refetchInterval: ({ state }) => (pollMs !== undefined && state.data === null ? pollMs : false),
  });
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  if (me.data === null) return signedOut;
  if (permissions.data) return children(permissions.data);
  const error = me.error ?? permissions.error;
  return error ? <Failure page error={error} retry={() => void (me.data ? permissions : me).refetch()} /> : waiting;
}
