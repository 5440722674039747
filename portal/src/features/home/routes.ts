import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  { index: true, ...lazyPage(['home', 'activities'], async () => (await import('./public/page')).Home) },
];

const loadMine = async () => (await import('./mine/page')).MyHome;

export const mineRoutes: RouteObject[] = [{ index: true, ...lazyPage(['home-mine'], loadMine) }];

/** Pages that open without a network. */
export const offlinePages = { namespaces: ['home-mine'], load: [loadMine] };
