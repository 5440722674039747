import { useSyncExternalStore } from 'react';
import { onProofOfWork } from '../api/proof-of-work';

let going = 0;
let since = 0;
let shown = false;
const listeners = new Set<(shown: boolean) => void>();
/** Most checks are done before one could read that there is one. */
const QUIET_MS = 300;

const show = (now: boolean) => {
  if (now === shown) return;
  shown = now;
  listeners.forEach((listen) => listen(now));
};

onProofOfWork((working) => {
  going += working ? 1 : -1;
  if (going === 0) {
    since = 0;
    show(false);
  } else if (!since) {
    const begun = (since = performance.now());
    setTimeout(() => since === begun && show(true), QUIET_MS);
  }
});

/** Tells when a security check begins or ends that is long enough to be told of. Returns how to stop. */
export function onSecurityCheck(listen: (shown: boolean) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}

/** Whether the browser is busy with a security check that the platform asked for, long enough to say so. */
export const useSecurityCheck = (): boolean => useSyncExternalStore(onSecurityCheck, () => shown);
