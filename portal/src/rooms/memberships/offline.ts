/**
 * Makes the pages open without a network: the worker answers with what is in the cache when nothing else does. What this
 * page has loaded so far goes into the cache at once, so that the very first visit is enough.
 */
export async function stayReadable(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
    const own = performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(({ origin, pathname }) => origin === location.origin && (pathname.startsWith('/assets/') || pathname === '/icon.svg'))
      .map(({ pathname }) => pathname);
    const cache = await caches.open('shell');
    await cache.addAll(['/', ...new Set(own)]);
  } catch {
    // Without it the card needs a network; nothing else changes.
  }
}
