import { createBrowserRouter } from 'react-router';
import { Layout } from './layout';
import { NotFound } from './states';

/** Every address of the portal. Rooms load on demand, so that a visitor does not pay for a desk. */
export const router = createBrowserRouter([
  {
    path: '/',
    element: <Layout />,
    children: [
      { index: true, lazy: async () => ({ Component: (await import('../rooms/home/page')).Home }) },
      { path: 'sign-in', lazy: async () => ({ Component: (await import('../rooms/account/sign-in')).SignIn }) },
      { path: 'sign-up', lazy: async () => ({ Component: (await import('../rooms/account/sign-up')).SignUp }) },
      { path: 'recover', lazy: async () => ({ Component: (await import('../rooms/account/recover')).Recover }) },
      { path: 'consent', lazy: async () => ({ Component: (await import('../rooms/account/consent')).Consent }) },
      { path: 'organisations', lazy: async () => ({ Component: (await import('../rooms/organisations/list')).OrganisationList }) },
      { path: 'organisations/:organisationId', lazy: async () => ({ Component: (await import('../rooms/organisations/page')).OrganisationPage }) },
      { path: 'activities', lazy: async () => ({ Component: (await import('../rooms/activities/list')).ActivityList }) },
      { path: 'activities/:activityId', lazy: async () => ({ Component: (await import('../rooms/activities/page')).ActivityPage }) },
      { path: 'v/:token', lazy: async () => ({ Component: (await import('../rooms/verification/page')).Verification }) },
      { path: 'accessibility', lazy: async () => ({ Component: (await import('../rooms/accessibility/page')).Accessibility }) },
      {
        path: 'me',
        lazy: async () => ({ Component: (await import('../rooms/me/frame')).Mine }),
        children: [
          { index: true, lazy: async () => ({ Component: (await import('../rooms/me/home')).MyHome }) },
          { path: 'person', lazy: async () => ({ Component: (await import('../rooms/person/page')).PersonPage }) },
          { path: 'security', lazy: async () => ({ Component: (await import('../rooms/security/page')).SecurityPage }) },
          { path: 'activities', lazy: async () => ({ Component: (await import('../rooms/registrations/list')).MyActivities }) },
          { path: 'activities/:registrationId', lazy: async () => ({ Component: (await import('../rooms/registrations/ticket')).TicketPage }) },
          { path: 'applications', lazy: async () => ({ Component: (await import('../rooms/applications/list')).MyApplications }) },
          { path: 'memberships', lazy: async () => ({ Component: (await import('../rooms/memberships/page')).MembershipsPage }) },
          { path: 'consents', lazy: async () => ({ Component: (await import('../rooms/consents/page')).ConsentsPage }) },
          { path: 'hours', lazy: async () => ({ Component: (await import('../rooms/registrations/hours')).MyHours }) },
        ],
      },
      { path: 'join/:organisationId', lazy: async () => ({ Component: (await import('../rooms/applications/join')).Join }) },
      { path: 'desk', lazy: async () => ({ Component: (await import('../rooms/desk/page')).DeskHome }) },
      { path: 'desk/:organisationId/members', lazy: async () => ({ Component: (await import('../rooms/desk/members')).Members }) },
      { path: 'desk/:organisationId/activities', lazy: async () => ({ Component: (await import('../rooms/desk/activities')).DeskActivities }) },
      { path: 'desk/:organisationId/activities/:activityId/check-in', lazy: async () => ({ Component: (await import('../rooms/desk/check-in')).CheckIn }) },
      { path: 'desk/:organisationId/clients', lazy: async () => ({ Component: (await import('../rooms/desk/clients')).Clients }) },
      { path: 'desk/:organisationId/numbers', lazy: async () => ({ Component: (await import('../rooms/desk/numbers')).DeskNumbers }) },
      { path: 'staff', lazy: async () => ({ Component: (await import('../rooms/staff/tree')).StaffTree }) },
      { path: 'staff/grants', lazy: async () => ({ Component: (await import('../rooms/staff/grants')).Grants }) },
      { path: 'staff/applications', lazy: async () => ({ Component: (await import('../rooms/staff/applications')).StaffApplications }) },
      { path: 'desk/:organisationId/review', lazy: async () => ({ Component: (await import('../rooms/desk/review')).Review }) },
      { path: 'cockpit', lazy: async () => ({ Component: (await import('../rooms/cockpit/overview')).CockpitOverview }) },
      { path: 'cockpit/provinces/:provinceCode', lazy: async () => ({ Component: (await import('../rooms/cockpit/province')).CockpitProvince }) },
      { path: 'cockpit/plan', lazy: async () => ({ Component: (await import('../rooms/cockpit/plan')).CockpitPlan }) },
      { path: '*', element: <NotFound /> },
    ],
  },
  { path: '/cockpit/wall', lazy: async () => ({ Component: (await import('../rooms/cockpit/wall')).CockpitWall }) },
]);
