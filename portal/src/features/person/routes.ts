import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const mineRoutes: RouteObject[] = [
  { path: 'person', ...lazyPage(['person', 'guardians'], async () => (await import('./mine/page')).PersonPage) },
];
