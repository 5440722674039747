import { expect, test, vi } from 'vitest';
import type { RouteObject } from 'react-router';
import paths from './paths.json';

/** The addresses of all pages below these routes. */
function pages(routes: readonly RouteObject[], parent: string): string[] {
  return routes.flatMap((route) => {
    if (route.path === '*') return [];
    const here =
      route.path === undefined
        ? parent
        : route.path.startsWith('/')
          ? route.path
          : `${parent.replace(/\/$/, '')}/${route.path}`;
    return route.children ? pages(route.children, here) : [here];
  });
}

test('the gateway is told of every page: it answers other addresses with 404', async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined }));
  const { router } = await import('./router');
  expect([...paths].sort()).toEqual([...new Set(pages(router.routes, '/'))].sort());
});
