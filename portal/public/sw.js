// Keeps the shell of the portal, so that member cards and tickets open without a network. Answers of the API are never kept here.
const CACHE = 'shell';
// Scripts are asked for with other headers than those they were kept with; the file is the same.
const ANY = { ignoreVary: true };
// Milliseconds for the answer of a network before what is kept stands in for it.
const PATIENT = 4000;
// Addresses of the gateway that are no pages of the portal.
const ELSEWHERE = /^\/(v1|oauth2|api|problems|openapi\.json|sitemap\.xml|robots\.txt|\.well-known)(\/|$)/;

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith('/assets/')) event.respondWith(asset(request));
  else if (url.pathname === '/icon.svg' || url.pathname === '/first.js')
    event.respondWith(fresh(request, url.pathname));
  else if (request.mode === 'navigate' && !ELSEWHERE.test(url.pathname)) event.respondWith(fresh(request, '/', tidy));
});

// Hashed files never change: what is kept is good.
async function asset(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request, ANY);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

// Everything else comes from the network; the kept one only stands in for it. Every page of the portal is the same document but for its head.
async function fresh(request, key, then) {
  const cache = await caches.open(CACHE);
  // A network that swallows everything is none: with a kept shell there is nothing to wait for.
  const kept = await cache.match(key, ANY);
  try {
    const response = await fetch(request, kept ? { signal: AbortSignal.timeout(PATIENT) } : {});
    // What is no page (a file that was opened by its address) must not become the shell.
    const whole = key !== '/' || response.headers.get('content-type')?.startsWith('text/html');
    if (response.ok && whole) {
      await cache.put(key, response.clone());
      await then?.(cache, await response.clone().text());
    }
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

// After a new release the entry file has another name; what belonged to the old one goes.
async function tidy(cache, html) {
  const entry = html.match(/\/assets\/[^"']+\.js/)?.[0];
  if (!entry || (await cache.match(entry, ANY))) return;
  for (const request of await cache.keys()) {
    if (new URL(request.url).pathname.startsWith('/assets/')) await cache.delete(request);
  }
}
