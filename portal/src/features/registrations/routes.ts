import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

const loadList = async () => (await import('./mine/list')).MyActivities;
const loadTicket = async () => (await import('./mine/ticket')).TicketPage;

export const mineRoutes: RouteObject[] = [
  { path: 'activities', ...lazyPage(['registrations'], loadList) },
  { path: 'activities/:registrationId', ...lazyPage(['registrations', 'papers', 'forms'], loadTicket) },
  {
    path: 'activities/:registrationId/answers',
    ...lazyPage(['registrations', 'forms'], async () => (await import('./mine/change-answers')).ChangeAnswersPage),
  },
  {
    path: 'hours',
    ...lazyPage(['registrations'], async () => (await import('./mine/hours')).MyHours),
  },
];

/** Pages that open without a network. */
export const offlinePages = { namespaces: ['registrations', 'papers', 'forms'], load: [loadList, loadTicket] };
