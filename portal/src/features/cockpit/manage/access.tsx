import type { ReactNode } from 'react';
import { AccessGate } from '../../../ui/access-gate';
import { Loading, NotAllowed } from '../../../ui/states';

/** How often a signed-out screen looks whether a person has signed in again. */
const POLL_MS = 15_000;

/**
 * Only for those who may read the cockpit. A screen that was signed out shows so, and continues by itself after a new sign-in in
 * this browser.
 */
export function CockpitGate({
  children,
  signedOut,
  waiting = <Loading rows={10} />,
}: {
  children: ReactNode;
  signedOut?: ReactNode;
  waiting?: ReactNode;
}) {
  return (
    <AccessGate pollMs={POLL_MS} waiting={waiting} {...(signedOut !== undefined && { signedOut })}>
      {(permissions) => (permissions.has('cockpit.read') ? children : <NotAllowed />)}
    </AccessGate>
  );
}
