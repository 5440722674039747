import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { loadSessionEnded } from '../features/account';
import { onUnauthenticated } from '../api/client';
import { meQuery } from '../api/me';
import { loadNamespaces } from '../ui/i18n';
import { clearOfflineItems } from '../api/offline-store';
import { clearPersonalData } from '../api/session';
import { onSessionBroadcast } from '../api/tabs';

const SessionEnded = lazy(async () => {
  const [SessionEnded] = await Promise.all([loadSessionEnded(), loadNamespaces(['account'])]);
  return { default: SessionEnded };
});

/** When the session has ended on the platform, a dialogue asks to sign in again on top of the page. */
export function SessionWatch() {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    const stop = onUnauthenticated(() => {
      if (!queries.getQueryData(meQuery.queryKey)) return;
      clearOfflineItems();
      setEnded(true);
    });
    return stop;
  }, [queries]);
  // Another tab of this browser signed out or signed in with another account: nothing of the former person may stay here.
  useEffect(() => {
    const stop = onSessionBroadcast((accountId) => {
      const here = queries.getQueryData(meQuery.queryKey);
      if (here === undefined || (here?.accountId ?? null) === accountId) return;
      setEnded(false);
      if (!here) void queries.invalidateQueries();
      else {
        clearPersonalData(queries);
        window.location.reload();
      }
    });
    return stop;
  }, [queries]);
  return ended ? (
    <Suspense fallback={null}>
      <SessionEnded onClose={() => setEnded(false)} />
    </Suspense>
  ) : null;
}
