import type { RouteObject } from 'react-router';
import type { AreaPage } from '../../ui/area-page';
import { lazyPage } from '../../ui/lazy-page';

export const mineRoutes: RouteObject[] = [
  { path: 'letters', ...lazyPage(['letters'], async () => (await import('./mine/list')).LettersPage) },
  { path: 'letters/:letterId', ...lazyPage(['letters'], async () => (await import('./mine/letter')).MemberLetterPage) },
  {
    path: 'activity-letters/:letterId',
    ...lazyPage(['letters'], async () => (await import('./mine/letter')).RegistrationLetterPage),
  },
];

export const deskRoutes: RouteObject[] = [
  {
    path: 'letters',
    handle: { tab: 'letters', permissions: ['members.letters'] } satisfies AreaPage,
    ...lazyPage(['letters'], async () => (await import('./manage/page')).MemberLettersDesk),
  },
  {
    path: 'activities/:activityId/letters',
    handle: {
      tab: 'activities',
      permissions: ['registrations.letters'],
      title: 'letters:desk.toRegistrants',
    } satisfies AreaPage,
    ...lazyPage(['letters'], async () => (await import('./manage/page')).RegistrationLettersDesk),
  },
];
