import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onUnauthenticated, type Schema } from '../../api/client';
import { meQuery } from '../../api/me';
import { noticesKey, unreadQuery } from './queries';

/** The longest wait between two attempts; it begins with two seconds. */
const longest = 60_000;

/** How long to wait before the next attempt: later each time, and not at the same moment for every page. */
export const pause = (failures: number, chance: number): number =>
  Math.min(longest, 1000 * 2 ** failures) * (0.5 + chance / 2);

/**
 * The number of unread notices, as it is and as it changes. The stream stands only while the page is visible: a browser has few
 * connections for one address, and a page in the background needs none. A person who comes back to the page is told at once.
 */
export function useUnread(): number {
  const queries = useQueryClient();
  const { data } = useQuery(unreadQuery);
  useEffect(() => {
    let stream: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let endings = 0;
    const close = () => {
      clearTimeout(timer);
      stream?.close();
      stream = undefined;
    };
    const open = () => {
      close();
      if (document.visibilityState === 'hidden' || !navigator.onLine) return;
      stream = new EventSource('/v1/me/notices:watchUnread');
      stream.onmessage = (event: MessageEvent<string>) => {
        failures = 0;
        let unread: number;
        try {
          ({ unread } = JSON.parse(event.data) as Schema<'UnreadNotices'>);
        } catch {
          // Half an answer is no answer; the next one comes whole.
          return;
        }
        const before = queries.getQueryData(unreadQuery.queryKey);
        queries.setQueryData(unreadQuery.queryKey, unread);
        if (before !== unread) void queries.invalidateQueries({ queryKey: [...noticesKey, 'list'] });
      };
      stream.onerror = () => {
        close();
        failures += 1;
        timer = setTimeout(() => void again(), pause(failures, Math.random()));
      };
    };
    // A stream does not say why it ended. If it was the session, the page learns of it here, and no other stream is asked for.
    const again = async () => {
      const before = endings;
      await queries.refetchQueries({ queryKey: meQuery.queryKey, exact: true });
      if (endings === before) open();
    };
    open();
    document.addEventListener('visibilitychange', open);
    window.addEventListener('online', open);
    window.addEventListener('offline', close);
    const end = () => {
      endings += 1;
      close();
    };
    const forget = onUnauthenticated(end);
    return () => {
      forget();
      window.removeEventListener('offline', close);
      document.removeEventListener('visibilitychange', open);
      window.removeEventListener('online', open);
      end();
    };
  }, [queries]);
  return data ?? 0;
}
