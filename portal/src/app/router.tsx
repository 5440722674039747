import { createBrowserRouter, type RouteObject } from 'react-router';
import * as accessibility from '../features/accessibility/routes';
import * as account from '../features/account/routes';
import * as activities from '../features/activities/routes';
import * as applications from '../features/applications/routes';
import * as cockpit from '../features/cockpit/routes';
import * as consents from '../features/consents/routes';
import * as guardians from '../features/guardians/routes';
import * as home from '../features/home/routes';
import * as inbox from '../features/inbox/routes';
import * as letters from '../features/letters/routes';
import * as memberships from '../features/memberships/routes';
import * as organisations from '../features/organisations/routes';
import * as papers from '../features/papers/routes';
import * as person from '../features/person/routes';
import * as registrations from '../features/registrations/routes';
import { lazyPage } from '../ui/lazy-page';
import { NotFound } from '../ui/states';
import { administrationRoutes, deskRoutes } from './areas';
import { RouteError } from './route-error';
import { Layout } from './layout';

const publicRoutes: RouteObject[] = [
  ...home.publicRoutes,
  ...account.publicRoutes,
  ...organisations.publicRoutes,
  ...activities.publicRoutes,
  ...memberships.publicRoutes,
  ...papers.publicRoutes,
  ...accessibility.publicRoutes,
  ...applications.publicRoutes,
];

const mineRoutes: RouteObject[] = [
  ...home.mineRoutes,
  ...person.mineRoutes,
  ...guardians.mineRoutes,
  ...account.mineRoutes,
  ...registrations.mineRoutes,
  ...applications.mineRoutes,
  ...memberships.mineRoutes,
  ...consents.mineRoutes,
  ...inbox.mineRoutes,
  ...letters.mineRoutes,
];

/** The page of all components is no part of what is built for visitors. */
const developmentRoutes: RouteObject[] = import.meta.env.DEV
  ? [{ path: 'showcase', ...lazyPage([], async () => (await import('../ui/showcase/page')).Showcase) }]
  : [];

/** Every address of the portal. Pages load on demand, so that a visitor does not load what only staff use. */
const pages: RouteObject[] = [
  ...publicRoutes,
  {
    path: 'me',
    ...lazyPage(['mine'], async () => (await import('./mine-layout')).MineLayout),
    children: mineRoutes,
  },
  {
    path: 'desk',
    ...lazyPage(
      ['desk', 'organisations-manage', 'activities-manage'],
      async () => (await import('./desk-home')).DeskHome,
    ),
  },
  {
    path: 'desk/:organisationId',
    ...lazyPage(['desk'], async () => (await import('./desk-layout')).DeskLayout),
    children: deskRoutes,
  },
  {
    path: 'staff',
    ...lazyPage(['administration'], async () => (await import('./administration-layout')).AdministrationLayout),
    children: administrationRoutes,
  },
  ...cockpit.cockpitRoutes,
  ...developmentRoutes,
  { path: '*', element: <NotFound /> },
];

export const router = createBrowserRouter([
  // A page that fails leaves the layout standing; a failure of the layout itself is caught around it.
  {
    path: '/',
    element: <Layout />,
    errorElement: <RouteError />,
    children: [{ errorElement: <RouteError />, children: pages }],
  },
  {
    errorElement: <RouteError />,
    children: cockpit.wallRoutes,
  },
]);
