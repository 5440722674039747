import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  { path: 'v/:token', ...lazyPage(['verification'], async () => (await import('./public/page')).Verification) },
];

const loadMine = async () => (await import('./mine/page')).MembershipsPage;

export const mineRoutes: RouteObject[] = [{ path: 'memberships', ...lazyPage(['memberships', 'papers'], loadMine) }];

export const deskRoutes: RouteObject[] = [
  {
    path: 'members',
    handle: { tab: 'members', permissions: ['members.read'] } satisfies AreaPage,
    ...lazyPage(['members', 'exports'], async () => (await import('./manage/members')).Members),
  },
];

/** Pages that open without a network. */
export const offlinePages = { namespaces: ['memberships', 'papers'], load: [loadMine] };
