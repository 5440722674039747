import { useSyncExternalStore } from 'react';

const china = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai' });

/** The day in China, YYYY-MM-DD. */
export const dayInChina = (at: number): string => china.format(at);

/** A day so many days later, or earlier; days of the calendar, without hours. */
export const plusDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

function listen(tell: () => void): () => void {
  // Asked often, told once: a computer that slept through midnight learns of it as well.
  const timer = setInterval(tell, 20_000);
  document.addEventListener('visibilitychange', tell);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', tell);
  };
}

/** The day in China; components that use it are rendered again at midnight. */
export function useToday(): string {
  return useSyncExternalStore(listen, () => dayInChina(Date.now()));
}
