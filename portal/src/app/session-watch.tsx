import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { onStranger } from '../api/client';
import { meQuery } from '../api/me';
import { loadWords } from './i18n';
import { forgetKept } from './kept';

const SessionEnded = lazy(async () => {
  const [{ SessionEnded }] = await Promise.all([import('../rooms/account/session-ended'), loadWords(['account'])]);
  return { default: SessionEnded };
});

/** When the platform no longer knows who is asking although somebody is signed in here: they are asked to sign in again, where they are. */
export function SessionWatch() {
  const queries = useQueryClient();
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    const stop = onStranger(() => {
      if (!queries.getQueryData(meQuery.queryKey)) return;
      forgetKept();
      setEnded(true);
    });
    return stop;
  }, [queries]);
  return ended ? (
    <Suspense fallback={null}>
      <SessionEnded onClose={() => setEnded(false)} />
    </Suspense>
  ) : null;
}
