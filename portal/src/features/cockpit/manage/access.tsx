import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { meQuery, permissionsQuery } from '../../../api/me';
import { Failure, Loading } from '../../../ui/states';
import { NoPermission, SignInFirst } from '../../../ui/shut';

/** So often a screen looks whether somebody signed in again. */
const looking = 15_000;

/**
 * Only for those who may read the cockpit. A screen that was signed out shows so, and goes on by itself when somebody
 * signs in again in this browser.
 */
export function Door({ children, shut, waiting }: { children: ReactNode; shut?: ReactNode; waiting?: ReactNode }) {
  const me = useQuery({ ...meQuery, refetchInterval: ({ state }) => (state.data === null ? looking : false) });
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  if (me.data === null) return shut ?? <SignInFirst />;
  if (permissions.data) return permissions.data.has('cockpit.read') ? children : <NoPermission />;
  const error = me.error ?? permissions.error;
  return error ? (
    <Failure page error={error} retry={() => void (me.data ? permissions : me).refetch()} />
  ) : (
    (waiting ?? <Loading rows={10} />)
  );
}
