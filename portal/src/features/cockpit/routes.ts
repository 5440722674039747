import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const cockpitRoutes: RouteObject[] = [
  { path: 'cockpit', ...lazyPage(['cockpit'], async () => (await import('./manage/overview')).CockpitOverview) },
  {
    path: 'cockpit/provinces/:provinceCode',
    ...lazyPage(['cockpit'], async () => (await import('./manage/province')).CockpitProvince),
  },
  {
    path: 'cockpit/slices',
    ...lazyPage(['cockpit-slices', 'cockpit'], async () => (await import('./manage/slices/slices')).CockpitSlices),
  },
  { path: 'cockpit/plan', ...lazyPage(['cockpit'], async () => (await import('./manage/plan')).CockpitPlan) },
];

/** The big screen stands alone, without the header and footer of the portal. */
export const wallRoutes: RouteObject[] = [
  { path: '/cockpit/wall', ...lazyPage(['cockpit'], async () => (await import('./manage/wall/wall')).CockpitWall) },
];

export const deskRoutes: RouteObject[] = [
  {
    path: 'numbers',
    handle: { tab: 'numbers', permissions: ['cockpit.read'] } satisfies AreaPage,
    ...lazyPage(['cockpit-numbers', 'cockpit'], async () => (await import('./manage/numbers')).DeskNumbers),
  },
];
