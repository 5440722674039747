import type { QueryClient } from '@tanstack/react-query';
import { api } from './client';
import { meQuery } from './me';
import { problemOf } from './problem';
import { clearOfflineItems } from './offline-store';
import { broadcastSession } from './tabs';

/** Somebody signed in: nothing of whoever was here before stays. */
export async function enterSession(queries: QueryClient): Promise<void> {
  clearOfflineItems();
  queries.clear();
  const me = await queries.query(meQuery);
  broadcastSession(me?.accountId ?? null);
}

/** Nothing of the person stays on this device. */
export function clearPersonalData(queries: QueryClient): void {
  queries.clear();
  clearOfflineItems();
  sessionStorage.clear();
  queries.setQueryData(meQuery.queryKey, null);
}

/** Ends the session on the platform; throws when that did not happen, so that nobody walks away believing it did. */
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
