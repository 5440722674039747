import type { RouteObject } from 'react-router';
import { deskRoutes as activities } from '../features/activities/routes';
import { administrationRoutes as statistics, deskRoutes as applications } from '../features/applications/routes';
import { deskRoutes as approvals } from '../features/approvals/routes';
import { deskRoutes as clients } from '../features/clients/routes';
import { deskRoutes as cockpit } from '../features/cockpit/routes';
import { deskRoutes as exports } from '../features/exports/routes';
import { deskRoutes as forms } from '../features/forms/routes';
import { administrationRoutes as grants } from '../features/grants/routes';
import { deskRoutes as letters } from '../features/letters/routes';
import { deskRoutes as memberships } from '../features/memberships/routes';
import { administrationRoutes as organisations } from '../features/organisations/routes';
import type { AreaPage } from '../ui/area-page';

/** Pages of the desk of an organisation, below its address, in the order of the tabs. */
export const deskRoutes: RouteObject[] = [
  ...applications,
  ...memberships,
  ...activities,
  ...letters,
  ...exports,
  ...cockpit,
  ...forms,
  ...approvals,
  ...clients,
];

/** Pages of the administration area, in the order of the tabs. */
export const administrationRoutes: RouteObject[] = [...organisations, ...grants, ...statistics];

const pageOf = ({ handle }: RouteObject): AreaPage => handle as AreaPage;

/** Pages with a tab of their own; those below another page, such as the check-in of an activity, are reached from it. */
export const deskPages = deskRoutes
  .filter(({ path }) => path && !path.includes('/'))
  .map((route) => {
    const { tab, permissions } = pageOf(route);
    return { path: route.path ?? '', tab, permissions };
  });

export const administrationPages = administrationRoutes.map((route) => {
  const { tab, permissions } = pageOf(route);
  return { path: route.path ? `/staff/${route.path}` : '/staff', tab, permissions };
});
