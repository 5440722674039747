import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const deskRoutes: RouteObject[] = [
  {
    path: 'approval-routes',
    handle: { tab: 'approvalRoutes', permissions: ['routes.manage'] } satisfies AreaPage,
    ...lazyPage(['approvals', 'approvals-manage', 'grants'], async () => (await import('./manage/page')).RouteDesk),
  },
];
