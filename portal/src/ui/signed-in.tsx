import type { ReactNode } from 'react';
import { Navigate, useLocation } from 'react-router';
import { useMe } from '../api/me';
import { problemOf } from '../api/problem';
import { Failure, Loading } from './states';

/** Only for those who are signed in. Without a connection it lets through: what is kept on the device stays readable. */
export function SignedIn({ children }: { children: ReactNode }) {
  const me = useMe();
  const location = useLocation();
  if (me.data === null) {
    return <Navigate to={`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;
  }
  if (me.data === undefined && me.error && problemOf(me.error).status !== 0)
    return <Failure page error={me.error} retry={() => void me.refetch()} />;
  const offline = me.fetchStatus === 'paused' || (me.isFetched && !navigator.onLine);
  if (me.data === undefined && !me.error && !offline) return <Loading />;
  return children;
}
