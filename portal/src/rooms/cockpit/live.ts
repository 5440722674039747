import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Schema } from '../../api/client';
import { overviewQuery } from './queries';

export type Liveness = 'connecting' | 'live' | 'stale';

/** The longest wait between two attempts; it begins with one second. */
const longest = 30_000;
/** While no stream stands, the overview is asked for like this. */
const asking = 20_000;

/**
 * The overview, as it is and as it changes. A lost stream is opened again, later each time and not at the same moment for
 * every screen; meanwhile the overview is asked for now and then, and `stale` says that it is not live.
 */
export function useOverview(enabled = true) {
  const queries = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>('connecting');
  const query = useQuery({ ...overviewQuery, enabled, refetchInterval: liveness === 'live' ? false : asking });
  useEffect(() => {
    if (!enabled) return;
    let stream: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    const open = () => {
      stream = new EventSource('/v1/cockpit/overview:watch');
      stream.onopen = () => setLiveness('live');
      stream.onmessage = (event: MessageEvent<string>) => {
        failures = 0;
        setLiveness('live');
        try {
          queries.setQueryData(overviewQuery.queryKey, JSON.parse(event.data) as Schema<'Overview'>);
        } catch {
          // Half an answer is no answer; the next one comes whole.
        }
      };
      stream.onerror = () => {
        stream?.close();
        setLiveness('stale');
        failures += 1;
        timer = setTimeout(open, Math.min(longest, 1000 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2));
      };
    };
    const again = () => {
      clearTimeout(timer);
      stream?.close();
      open();
    };
    const lost = () => setLiveness('stale');
    open();
    window.addEventListener('online', again);
    window.addEventListener('offline', lost);
    return () => {
      clearTimeout(timer);
      stream?.close();
      window.removeEventListener('online', again);
      window.removeEventListener('offline', lost);
    };
  }, [queries, enabled]);
  return { query, liveness };
}
