import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const deskRoutes: RouteObject[] = [
  {
    path: 'clients',
    handle: { tab: 'clients', permissions: ['clients.manage'] } satisfies AreaPage,
    ...lazyPage(['clients'], async () => (await import('./manage/list')).Clients),
  },
];
