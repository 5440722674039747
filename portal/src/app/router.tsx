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
      { path: '*', element: <NotFound /> },
    ],
  },
]);
