import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  { path: 'activities', ...lazyPage(['activities'], async () => (await import('./public/list')).ActivityList) },
  {
    path: 'activities/:activityId',
    ...lazyPage(['activities'], async () => (await import('./public/page')).ActivityPage),
  },
  {
    path: 'activities/:activityId/register',
    ...lazyPage(['activities', 'forms'], async () => (await import('./public/register-page')).RegisterPage),
  },
];

export const deskRoutes: RouteObject[] = [
  {
    path: 'activities',
    handle: { tab: 'activities', permissions: ['activities.manage'] } satisfies AreaPage,
    ...lazyPage(
      ['activities-manage', 'approvals', 'exports', 'forms'],
      async () => (await import('./manage/list')).DeskActivities,
    ),
  },
  {
    path: 'content-review',
    handle: { tab: 'contentReview', permissions: ['activities.review'] } satisfies AreaPage,
    ...lazyPage(
      ['activities-manage', 'approvals', 'forms'],
      async () => (await import('./manage/review-queue')).ContentReview,
    ),
  },
  {
    path: 'activities/:activityId/check-in',
    handle: {
      tab: 'activities',
      permissions: ['checkins.manage'],
      title: 'activities-manage:checkIn.title',
    } satisfies AreaPage,
    ...lazyPage(['activities-manage'], async () => (await import('./manage/check-in')).CheckIn),
  },
];
