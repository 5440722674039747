import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const administrationRoutes: RouteObject[] = [
  {
    path: 'grants',
    handle: { tab: 'grants', permissions: ['grants.manage'] } satisfies AreaPage,
    ...lazyPage(['grants', 'organisations-manage'], async () => (await import('./manage/page')).Grants),
  },
];
