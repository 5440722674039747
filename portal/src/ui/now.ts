import { useEffect, useState } from 'react';

/** What time it is, to half a minute: what opens, closes or ends by the clock changes on an open page. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
