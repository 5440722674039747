import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  {
    path: 'accessibility',
    ...lazyPage(['accessibility'], async () => (await import('./public/page')).Accessibility),
  },
];
