import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { permissionsQuery, useMe } from '../../api/me';
import { Failure, Loading } from '../../app/states';
import { NoPermission, SignInFirst } from '../desk/shut';

/** Only for those who may read the cockpit. */
export function Door({ children }: { children: ReactNode }) {
  const me = useMe();
  const permissions = useQuery({ ...permissionsQuery, enabled: Boolean(me.data) });
  if (me.data === null) return <SignInFirst />;
  if (permissions.data) return permissions.data.has('cockpit.read') ? children : <NoPermission />;
  const error = me.error ?? permissions.error;
  return error ? <Failure error={error} retry={() => void (me.data ? permissions : me).refetch()} /> : <Loading rows={10} />;
}
