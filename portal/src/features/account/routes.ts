import type { RouteObject } from 'react-router';
import { lazyPage } from '../../ui/lazy-page';

export const publicRoutes: RouteObject[] = [
  { path: 'sign-in', ...lazyPage(['account'], async () => (await import('./public/sign-in')).SignIn) },
  { path: 'sign-up', ...lazyPage(['account'], async () => (await import('./public/sign-up')).SignUp) },
  { path: 'recover', ...lazyPage(['account'], async () => (await import('./public/recover')).Recover) },
  { path: 'consent', ...lazyPage(['account'], async () => (await import('./public/site-consent')).Consent) },
  { path: 'device', ...lazyPage(['account'], async () => (await import('./public/device')).Device) },
];

export const mineRoutes: RouteObject[] = [
  { path: 'security', ...lazyPage(['security'], async () => (await import('./mine/security-page')).SecurityPage) },
];
