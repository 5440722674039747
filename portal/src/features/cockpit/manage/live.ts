import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Schema } from '../../../api/client';
import { meQuery } from '../../../api/me';
import { atMost } from './at-most';
import { followsOverview, overviewQuery } from './queries';
import { useToday } from './today';

export type Liveness = 'connecting' | 'live' | 'stale';

/** What stands beside the overview is asked for again when the overview has changed, at most this often. */
const following = 5_000;
/** The longest wait between two attempts; it begins with one second. */
const longest = 30_000;
/** While no stream stands, the overview is asked for like this. */
const asking = 20_000;
/** The clock is looked at so often. When it jumped, the computer slept, and the stream may be dead without knowing. */
const tick = 5_000;
/** A stream that is silent for so long is opened anew: an overview comes with every opening. */
const silence = 180_000;

/** How long to wait before the next attempt: later each time, and not at the same moment for every screen. */
export const pause = (failures: number, chance: number): number =>
  Math.min(longest, 1000 * 2 ** (failures - 1)) * (0.5 + chance / 2);

/**
 * The overview, as it is and as it changes; what else is shown of the same numbers follows it. A lost stream is opened again;
 * meanwhile the overview is asked for now and then, and `stale` says that it is not live.
 */
export function useOverview() {
  const queries = useQueryClient();
  const [liveness, setLiveness] = useState<Liveness>('connecting');
  const query = useQuery({ ...overviewQuery, refetchInterval: liveness === 'live' ? false : asking });
  const { refetch } = query;
  const today = useToday();
  // At midnight what came today begins anew, although nothing has happened yet.
  useEffect(() => {
    void refetch();
  }, [today, refetch]);
  useEffect(() => {
    let stream: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let failures = 0;
    let heard = Date.now();
    let ticked = Date.now();
    const follow = atMost(following, () => void queries.invalidateQueries({ predicate: followsOverview }));
    const open = () => {
      heard = Date.now();
      stream = new EventSource('/v1/cockpit/overview:watch');
      stream.onmessage = (event: MessageEvent<string>) => {
        failures = 0;
        heard = Date.now();
        setLiveness('live');
        try {
          const before = queries.getQueryData(overviewQuery.queryKey);
          const overview = JSON.parse(event.data) as Schema<'Overview'>;
          queries.setQueryData(overviewQuery.queryKey, overview);
          if (before && JSON.stringify(before.figures) !== JSON.stringify(overview.figures)) follow.changed();
        } catch {
          // Half an answer is no answer; the next one comes whole.
        }
      };
      stream.onerror = () => {
        stream?.close();
        setLiveness('stale');
        failures += 1;
        // A stream does not say why it ended. If it was the session or a permission, the access gate has to learn of it.
        void queries.invalidateQueries({ queryKey: meQuery.queryKey });
        clearTimeout(timer);
        timer = setTimeout(open, pause(failures, Math.random()));
      };
    };
    const again = () => {
      clearTimeout(timer);
      stream?.close();
      open();
    };
    const lost = () => setLiveness('stale');
    const watch = setInterval(() => {
      const now = Date.now();
      const slept = now - ticked > 6 * tick;
      ticked = now;
      if (slept) setLiveness('stale');
      if (slept || (stream?.readyState === EventSource.OPEN && now - heard > silence)) again();
    }, tick);
    open();
    window.addEventListener('online', again);
    window.addEventListener('offline', lost);
    return () => {
      clearInterval(watch);
      follow.stop();
      clearTimeout(timer);
      stream?.close();
      window.removeEventListener('online', again);
      window.removeEventListener('offline', lost);
    };
  }, [queries]);
  return { query, liveness };
}
