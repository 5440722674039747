import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  {
    path: 'organisations',
    ...lazyPage(['organisations'], async () => (await import('./public/list')).OrganisationList),
  },
  {
    path: 'organisations/:organisationId',
    ...lazyPage(['organisations', 'activities'], async () => (await import('./public/page')).OrganisationPage),
  },
];

export const administrationRoutes: RouteObject[] = [
  {
    index: true,
    handle: {
      tab: 'tree',
      permissions: ['organisations.manage', 'grants.manage', 'cockpit.read'],
    } satisfies AreaPage,
    ...lazyPage(['organisations-manage'], async () => (await import('./manage/tree')).StaffTree),
  },
];
