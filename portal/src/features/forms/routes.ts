import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const deskRoutes: RouteObject[] = [
  {
    path: 'application-form',
    handle: { tab: 'applicationForm', permissions: ['forms.manage'] } satisfies AreaPage,
    ...lazyPage(['forms', 'forms-manage'], async () => (await import('./manage/page')).FormDesk),
  },
  {
    path: 'activities/:activityId/form',
    handle: {
      tab: 'activities',
      permissions: ['activities.manage'],
      title: 'forms-manage:registration.title',
    } satisfies AreaPage,
    ...lazyPage(['forms', 'forms-manage'], async () => (await import('./manage/activity-page')).RegistrationFormDesk),
  },
];
