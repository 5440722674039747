import { useQuery } from '@tanstack/react-query';
import { useMe } from '../../api/me';
import { personQuery } from '../../api/person';
import type { Bound } from './evaluate';

/** What the platform fills in for the person who is signed in, and whether all of it is known yet. */
export function useBound(): { bound: Bound; ready: boolean } {
  const me = useMe();
  const verified = Boolean(me.data?.verified);
  const person = useQuery({ ...personQuery, enabled: verified });
  return {
    bound: {
      ...(me.data?.personNumber && { personNumber: me.data.personNumber }),
      ...(person.data?.name && { personName: person.data.name }),
    },
    ready: !verified || !person.isPending,
  };
}
