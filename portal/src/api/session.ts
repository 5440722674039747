import type { QueryClient } from '@tanstack/react-query';
import { api } from './client';
import { meQuery } from './me';
import { problemOf } from './problem';
import { forgetKept } from './offline-store';
import { tellTabs } from './tabs';

/** Somebody signed in: nothing of whoever was here before stays. */
export async function arrive(queries: QueryClient): Promise<void> {
  forgetKept();
  queries.clear();
  const me = await queries.query(meQuery);
  tellTabs(me?.accountId ?? null);
}

/** Nothing of the person stays on this device. */
export function forgetPerson(queries: QueryClient): void {
  queries.clear();
  forgetKept();
  sessionStorage.clear();
  queries.setQueryData(meQuery.queryKey, null);
}

/** Ends the session on the platform; throws when that did not happen, so that nobody walks away believing it did. */
export async function signOut(queries: QueryClient): Promise<void> {
  try {
    await api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId: 'current' } } });
  } catch (error) {
    if (problemOf(error).status !== 401) {
      forgetKept();
      throw error;
    }
  }
  forgetPerson(queries);
  tellTabs(null);
}
