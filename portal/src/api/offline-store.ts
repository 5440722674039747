const PREFIX = 'kept:';

/**
 * Things of one person that stay readable on this device without a network: cards, tickets. They leave it when the person
 * signs out or the session has ended.
 */
export function offlineStore<T>(name: string, idOf: (thing: T) => string | undefined, most = 20) {
  const key = PREFIX + name;
  const write = (things: T[]) => localStorage.setItem(key, JSON.stringify(things.slice(0, most)));
  const all = (): T[] => {
    try {
      const stored: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
      return Array.isArray(stored) ? (stored as T[]) : [];
    } catch {
      return [];
    }
  };
  return {
    all,
    keep: (thing: T) => write([thing, ...all().filter((other) => idOf(other) !== idOf(thing))]),
    drop: (id: string) => write(all().filter((thing) => idOf(thing) !== id)),
    /** Only what the person still holds stays. */
    only: (ids: readonly string[]) => write(all().filter((thing) => ids.includes(idOf(thing) ?? ''))),
  };
}

/** There is something on this device that wants to be readable without a network. */
export const hasOfflineItems = (): boolean => Object.keys(localStorage).some((key) => key.startsWith(PREFIX));

export function clearOfflineItems(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(PREFIX)) localStorage.removeItem(key);
}
