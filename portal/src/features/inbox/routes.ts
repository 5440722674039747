import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const mineRoutes: RouteObject[] = [
  { path: 'inbox', ...lazyPage(['inbox'], async () => (await import('./mine/inbox')).InboxPage) },
  { path: 'notices', ...lazyPage(['inbox'], async () => (await import('./mine/choices')).ChoicesPage) },
];
