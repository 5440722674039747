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
      { path: '*', element: <NotFound /> },
    ],
  },
]);
