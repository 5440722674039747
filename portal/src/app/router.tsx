import type { ComponentType } from 'react';
import { createBrowserRouter, type RouteObject } from 'react-router';
import { Broken } from './route-error';
import { loadWords } from '../ui/i18n';
import { Layout } from './layout';
import { Loading, NotFound } from '../ui/states';

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

const office = async () => ({ Component: (await import('./staff-layout')).Office });

/** Every address of the portal. Rooms load on demand, so that a visitor does not pay for a desk. */
const rooms: RouteObject[] = [
  { index: true, ...page(['home', 'activities'], async () => (await import('../features/home/public/page')).Home) },
  { path: 'sign-in', ...page(['account'], async () => (await import('../features/account/public/sign-in')).SignIn) },
  { path: 'sign-up', ...page(['account'], async () => (await import('../features/account/public/sign-up')).SignUp) },
  { path: 'recover', ...page(['account'], async () => (await import('../features/account/public/recover')).Recover) },
  {
    path: 'consent',
    ...page(['account'], async () => (await import('../features/account/public/site-consent')).Consent),
  },
  {
    path: 'organisations',
    ...page(['organisations'], async () => (await import('../features/organisations/public/list')).OrganisationList),
  },
  {
    path: 'organisations/:organisationId',
    ...page(
      ['organisations', 'activities'],
      async () => (await import('../features/organisations/public/page')).OrganisationPage,
    ),
  },
  {
    path: 'activities',
    ...page(['activities'], async () => (await import('../features/activities/public/list')).ActivityList),
  },
  {
    path: 'activities/:activityId',
    ...page(['activities'], async () => (await import('../features/activities/public/page')).ActivityPage),
  },
  {
    path: 'v/:token',
    ...page(['verification'], async () => (await import('../features/memberships/public/page')).Verification),
  },
  {
    path: 'accessibility',
    ...page(['accessibility'], async () => (await import('../features/accessibility/public/page')).Accessibility),
  },
  {
    path: 'join/:organisationId',
    ...page(['applications'], async () => (await import('../features/applications/mine/join')).Join),
  },
  {
    path: 'me',
    ...page(['me'], async () => (await import('./mine-layout')).Mine),
    children: [
      { index: true, ...page(['me'], async () => (await import('../features/home/mine/page')).MyHome) },
      {
        path: 'person',
        ...page(['person', 'guardians'], async () => (await import('../features/person/mine/page')).PersonPage),
      },
      {
        path: 'wards',
        ...page(['guardians'], async () => (await import('../features/guardians/mine/wards')).WardsPage),
      },
      {
        path: 'security',
        ...page(['security'], async () => (await import('../features/account/mine/security-page')).SecurityPage),
      },
      {
        path: 'activities',
        ...page(['registrations'], async () => (await import('../features/registrations/mine/list')).MyActivities),
      },
      {
        path: 'activities/:registrationId',
        ...page(['registrations'], async () => (await import('../features/registrations/mine/ticket')).TicketPage),
      },
      {
        path: 'applications',
        ...page(['applications'], async () => (await import('../features/applications/mine/list')).MyApplications),
      },
      {
        path: 'memberships',
        ...page(['memberships'], async () => (await import('../features/memberships/mine/page')).MembershipsPage),
      },
      {
        path: 'consents',
        ...page(['consents'], async () => (await import('../features/consents/mine/page')).ConsentsPage),
      },
      {
        path: 'hours',
        ...page(
          ['registrations', 'activities'],
          async () => (await import('../features/registrations/mine/hours')).MyHours,
        ),
      },
    ],
  },
  {
    lazy: office,
    children: [
      { path: 'desk', ...page(['desk'], async () => (await import('./desk-home')).DeskHome) },
      {
        path: 'desk/:organisationId/review',
        ...page(['desk'], async () => (await import('../features/applications/manage/review')).Review),
      },
      {
        path: 'desk/:organisationId/members',
        ...page(['desk'], async () => (await import('../features/memberships/manage/members')).Members),
      },
      {
        path: 'desk/:organisationId/activities',
        ...page(
          ['desk', 'activities'],
          async () => (await import('../features/activities/manage/list')).DeskActivities,
        ),
      },
      {
        path: 'desk/:organisationId/activities/:activityId/check-in',
        ...page(['desk'], async () => (await import('../features/activities/manage/check-in')).CheckIn),
      },
      {
        path: 'desk/:organisationId/clients',
        ...page(['desk'], async () => (await import('../features/clients/manage/list')).Clients),
      },
      {
        path: 'desk/:organisationId/numbers',
        ...page(['desk', 'cockpit'], async () => (await import('../features/cockpit/manage/numbers')).DeskNumbers),
      },
      {
        path: 'staff',
        ...page(
          ['staff', 'desk', 'organisations'],
          async () => (await import('../features/organisations/manage/tree')).StaffTree,
        ),
      },
      {
        path: 'staff/grants',
        ...page(['staff', 'desk'], async () => (await import('../features/grants/manage/page')).Grants),
      },
      {
        path: 'staff/applications',
        ...page(
          ['staff', 'desk', 'cockpit'],
          async () => (await import('../features/applications/manage/statistics-page')).StaffApplications,
        ),
      },
      {
        path: 'cockpit',
        ...page(['cockpit', 'desk'], async () => (await import('../features/cockpit/manage/overview')).CockpitOverview),
      },
      {
        path: 'cockpit/provinces/:provinceCode',
        ...page(['cockpit', 'desk'], async () => (await import('../features/cockpit/manage/province')).CockpitProvince),
      },
      {
        path: 'cockpit/plan',
        ...page(['cockpit', 'desk'], async () => (await import('../features/cockpit/manage/plan')).CockpitPlan),
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
        ...page(['cockpit', 'desk'], async () => (await import('../features/cockpit/manage/wall/wall')).CockpitWall),
      },
    ],
  },
]);
