import { useOutletContext } from 'react-router';
import type { Place } from '../api/me';

/** What the layout of a staff area has to know of a page; a feature states it as the `handle` of the route. */
export interface AreaPage {
  /** Tab that leads to the page, or is marked while the page is open. */
  tab: string;
  /** One of these permissions opens the page. */
  permissions: readonly string[];
  /** Heading, as `namespace:key`, where it is not the word of the tab. */
  title?: string;
}

/** What the layout of the administration area hands to its pages. */
export interface Administration {
  /** Organisations on which the person holds a permission that opens the page. */
  places: readonly Place[];
  /** Desk pages in the order of their tabs. */
  deskPages: readonly { path: string; permissions: readonly string[] }[];
}

export const useAdministration = (): Administration => useOutletContext<Administration>();
