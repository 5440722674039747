import { expect, test, vi } from 'vitest';
import type { RouteObject } from 'react-router';
import paths from './paths.json';

vi.hoisted(() => {
  window.matchMedia = () => ({ matches: false, addEventListener: () => undefined }) as unknown as MediaQueryList;
});

// Loading everything takes longer on a busy machine than a test may.
const { router } = await import('./router');

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

test('the gateway is told of every page: it answers other addresses with 404', () => {
  // The page of components exists in development, which tests are, and nowhere else.
  expect([...paths, '/showcase'].sort()).toEqual([...new Set(pages(router.routes, '/'))].sort());
});
