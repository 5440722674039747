import { useEffect, useState } from 'react';

/** What time it is, to half a minute: what opens, closes or is over by the clock changes while somebody looks at it. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
