import type { QueryClient } from '@tanstack/react-query';
import { api } from './client';
import { meQuery } from './me';
import { problemOf } from './problem';
import { clearOfflineItems } from './offline-store';
import { broadcastSession } from './tabs';

/** After a sign-in: removes what belongs to a person who was signed in before, and loads the account. */
export async function enterSession(queries: QueryClient): Promise<void> {
  clearOfflineItems();
  queries.clear();
  const me = await queries.query(meQuery);
  broadcastSession(me?.accountId ?? null);
}

/** Removes everything that belongs to the person from this device. */
export function clearPersonalData(queries: QueryClient): void {
  queries.clear();
  clearOfflineItems();
  sessionStorage.clear();
  queries.setQueryData(meQuery.queryKey, null);
}

/** Ends the session on the platform; throws when that failed, so that the person is not told that they are signed out. */
export async function signOut(queries: QueryClient): Promise<void> {
  try {
    await api.DELETE('/v1/sessions/{sessionId}', { params: { path: { sessionId: 'current' } } });
  } catch (error) {
    if (problemOf(error).status !== 401) {
      clearOfflineItems();
      throw error;
    }
  }
  clearPersonalData(queries);
  broadcastSession(null);
}
