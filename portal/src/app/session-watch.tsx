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

/** When the platform no longer knows who is asking although somebody is signed in here: they are asked to sign in again, where they are. */
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
  // Another tab of this browser signed out, or signed somebody else in: what is shown here belongs to nobody any more.
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
