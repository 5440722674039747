import { offlinePages as home } from '../features/home/routes';
import { offlinePages as memberships } from '../features/memberships/routes';
import { offlinePages as registrations } from '../features/registrations/routes';
import { loadNamespaces } from '../ui/i18n';

/**
 * Makes cards and tickets open without a network: the worker answers with what is in the cache when nothing else does. What
 * those pages need, and what this page has loaded so far, goes into the cache at once, so that the very first visit is enough.
 */
export async function prepareOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('/sw.js');
    await Promise.all([
      import('./mine-layout'),
      loadNamespaces(['mine']),
      ...[home, memberships, registrations].flatMap(({ namespaces, load }) => [
        loadNamespaces(namespaces),
        ...load.map((page) => page()),
      ]),
    ]);
    const own = performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name))
      .filter(
        ({ origin, pathname }) =>
          origin === location.origin &&
          (pathname.startsWith('/assets/') || pathname === '/icon.svg' || pathname === '/first.js'),
      )
      .map(({ pathname }) => pathname);
    const cache = await caches.open('shell');
    await cache.addAll(['/', ...new Set(own)]);
  } catch {
    // Without it a card needs a network; nothing else changes.
  }
}
