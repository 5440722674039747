import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  { path: 'p/:kind/:token', ...lazyPage(['papers'], async () => (await import('./public/page')).PaperVerification) },
];
