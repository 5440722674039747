import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const mineRoutes: RouteObject[] = [
  { path: 'wards', ...lazyPage(['guardians'], async () => (await import('./mine/wards')).WardsPage) },
];
