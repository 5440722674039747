import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  {
    path: 'join/:organisationId',
    ...lazyPage(['applications', 'forms'], async () => (await import('./mine/join')).Join),
  },
];

export const mineRoutes: RouteObject[] = [
  {
    path: 'applications',
    ...lazyPage(['applications', 'time-limit', 'approvals'], async () => (await import('./mine/list')).MyApplications),
  },
];

export const deskRoutes: RouteObject[] = [
  {
    path: 'review',
    handle: { tab: 'review', permissions: ['applications.review'] } satisfies AreaPage,
    ...lazyPage(
      ['applications-manage', 'time-limit', 'forms', 'approvals'],
      async () => (await import('./manage/review')).Review,
    ),
  },
];

export const administrationRoutes: RouteObject[] = [
  {
    path: 'applications',
    handle: { tab: 'applications', permissions: ['cockpit.read'] } satisfies AreaPage,
    ...lazyPage(
      ['applications-statistics', 'organisations-manage', 'cockpit'],
      async () => (await import('./manage/statistics-page')).StaffApplications,
    ),
  },
];
