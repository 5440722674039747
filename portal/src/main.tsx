import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ready } from './ui/i18n';
import { captureInstallPrompt } from './ui/install-prompt';
import { Providers } from './app/providers';
import { router } from './app/router';
import './ui/tokens.css';
import './ui/base.css';
import './ui/print.css';

captureInstallPrompt();
await ready;

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <Providers>
      <RouterProvider router={router} />
    </Providers>,
  );
}
