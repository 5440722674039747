import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const deskRoutes: RouteObject[] = [
  {
    path: 'exports',
    handle: {
      tab: 'exports',
      permissions: ['members.export', 'registrations.export', 'exports.review'],
    } satisfies AreaPage,
    ...lazyPage(['exports'], async () => (await import('./manage/page')).ExportsPage),
  },
];
