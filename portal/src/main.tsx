import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ready } from './app/i18n';
import { awaitOffer } from './app/installable';
import { Providers } from './app/providers';
import { router } from './app/router';
import './app/base.css';
import './app/print.css';

awaitOffer();
await ready;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Providers>
      <RouterProvider router={router} />
    </Providers>,
  );
}
