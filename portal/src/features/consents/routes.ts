import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const mineRoutes: RouteObject[] = [
  { path: 'consents', ...lazyPage(['consents'], async () => (await import('./mine/page')).ConsentsPage) },
];
