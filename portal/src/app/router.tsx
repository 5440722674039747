import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { Broken } from './broken';
import { loadWords } from './i18n';
import { Layout } from './layout';
import { Loading, NotFound } from './states';

/** A page that is loaded when somebody goes there, with the words of the rooms it shows. */
function page(
  words: readonly string[],
  load: () => Promise<ComponentType>,
): Pick<RouteObject, 'lazy' | 'hydrateFallbackElement'> {
  return {
    lazy: async () => {
      const [Component] = await Promise.all([load(), loadWords(words)]);
      return { Component };
    },
    hydrateFallbackElement: <Loading rows={12} />,
  };
}

const office = async () => ({ Component: (await import('./office')).Office });

/** Every address of the portal. Rooms load on demand, so that a visitor does not pay for a desk. */
const rooms: RouteObject[] = [
  { index: true, ...page(['home', 'activities'], async () => (await import('../rooms/home/page')).Home) },
  { path: 'sign-in', ...page(['account'], async () => (await import('../rooms/account/sign-in')).SignIn) },
  { path: 'sign-up', ...page(['account'], async () => (await import('../rooms/account/sign-up')).SignUp) },
  { path: 'recover', ...page(['account'], async () => (await import('../rooms/account/recover')).Recover) },
  { path: 'consent', ...page(['account'], async () => (await import('../rooms/account/consent')).Consent) },
  {
    path: 'organisations',
    ...page(['organisations'], async () => (await import('../rooms/organisations/list')).OrganisationList),
  },
  {
    path: 'organisations/:organisationId',
    ...page(
      ['organisations', 'activities'],
      async () => (await import('../rooms/organisations/page')).OrganisationPage,
    ),
  },
  { path: 'activities', ...page(['activities'], async () => (await import('../rooms/activities/list')).ActivityList) },
  {
    path: 'activities/:activityId',
    ...page(['activities'], async () => (await import('../rooms/activities/page')).ActivityPage),
  },
  {
    path: 'v/:token',
    ...page(['verification'], async () => (await import('../rooms/verification/page')).Verification),
  },
  {
    path: 'accessibility',
    ...page(['accessibility'], async () => (await import('../rooms/accessibility/page')).Accessibility),
  },
  {
    path: 'join/:organisationId',
    ...page(['applications'], async () => (await import('../rooms/applications/join')).Join),
  },
  {
    path: 'me',
    ...page(['me'], async () => (await import('../rooms/me/frame')).Mine),
    children: [
      { index: true, ...page(['me'], async () => (await import('../rooms/me/home')).MyHome) },
      {
        path: 'person',
        ...page(['person', 'guardians'], async () => (await import('../rooms/person/page')).PersonPage),
      },
      { path: 'wards', ...page(['guardians'], async () => (await import('../rooms/guardians/wards')).WardsPage) },
      { path: 'security', ...page(['security'], async () => (await import('../rooms/security/page')).SecurityPage) },
      {
        path: 'activities',
        ...page(['registrations'], async () => (await import('../rooms/registrations/list')).MyActivities),
      },
      {
        path: 'activities/:registrationId',
        ...page(['registrations'], async () => (await import('../rooms/registrations/ticket')).TicketPage),
      },
      {
        path: 'applications',
        ...page(['applications'], async () => (await import('../rooms/applications/list')).MyApplications),
      },
      {
        path: 'memberships',
        ...page(['memberships'], async () => (await import('../rooms/memberships/page')).MembershipsPage),
      },
      { path: 'consents', ...page(['consents'], async () => (await import('../rooms/consents/page')).ConsentsPage) },
      {
        path: 'hours',
        ...page(['registrations', 'activities'], async () => (await import('../rooms/registrations/hours')).MyHours),
      },
    ],
  },
  {
    lazy: office,
    children: [
      { path: 'desk', ...page(['desk'], async () => (await import('../rooms/desk/page')).DeskHome) },
      {
        path: 'desk/:organisationId/review',
        ...page(['desk'], async () => (await import('../rooms/desk/review')).Review),
      },
      {
        path: 'desk/:organisationId/members',
        ...page(['desk'], async () => (await import('../rooms/desk/members')).Members),
      },
      {
        path: 'desk/:organisationId/activities',
        ...page(['desk', 'activities'], async () => (await import('../rooms/desk/activities')).DeskActivities),
      },
      {
        path: 'desk/:organisationId/activities/:activityId/check-in',
        ...page(['desk'], async () => (await import('../rooms/desk/check-in')).CheckIn),
      },
      {
        path: 'desk/:organisationId/clients',
        ...page(['desk'], async () => (await import('../rooms/desk/clients')).Clients),
      },
      {
        path: 'desk/:organisationId/numbers',
        ...page(['desk', 'cockpit'], async () => (await import('../rooms/desk/numbers')).DeskNumbers),
      },
      {
        path: 'staff',
        ...page(['staff', 'desk', 'organisations'], async () => (await import('../rooms/staff/tree')).StaffTree),
      },
      { path: 'staff/grants', ...page(['staff', 'desk'], async () => (await import('../rooms/staff/grants')).Grants) },
      {
        path: 'staff/applications',
        ...page(
          ['staff', 'desk', 'cockpit'],
          async () => (await import('../rooms/staff/applications')).StaffApplications,
        ),
      },
      {
        path: 'cockpit',
        ...page(['cockpit', 'desk'], async () => (await import('../rooms/cockpit/overview')).CockpitOverview),
      },
      {
        path: 'cockpit/provinces/:provinceCode',
        ...page(['cockpit', 'desk'], async () => (await import('../rooms/cockpit/province')).CockpitProvince),
      },
      {
        path: 'cockpit/plan',
        ...page(['cockpit', 'desk'], async () => (await import('../rooms/cockpit/plan')).CockpitPlan),
      },
    ],
  },
  { path: '*', element: <NotFound /> },
];

export const router = createBrowserRouter([
  // What breaks on a page leaves the frame standing; what breaks in the frame is caught around it.
  {
    path: '/',
    element: <Layout />,
    errorElement: <Broken />,
    children: [{ errorElement: <Broken />, children: rooms }],
  },
  {
    lazy: office,
    errorElement: <Broken />,
    children: [
      {
        path: '/cockpit/wall',
        ...page(['cockpit', 'desk'], async () => (await import('../rooms/cockpit/wall')).CockpitWall),
      },
    ],
  },
]);
