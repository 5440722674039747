import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The development server forwards everything that is not the portal to a running gateway.
const gateway = process.env['CAST_PUBLIC_URL'] ?? 'http://localhost:8080';

// What every page stands on, in one file: fewer requests, and it compresses better together.
const frame =
  /node_modules\/(react|react-dom|scheduler|react-router|@tanstack\/[^/]+|i18next|react-i18next|openapi-fetch|use-sync-external-store)\//;

// The addresses of all pages with what loads them. In one file, the list of files that pages consist of is written once.
const routes =
  /src\/(features\/[a-z]+\/routes\.ts|app\/(areas|offline|router|layout|session-watch)\.tsx?|ui\/(i18n|lazy-page|notices)\.tsx?)$/;

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'frame', test: frame, priority: 1 },
            { name: 'routes', test: routes },
          ],
        },
      },
    },
  },
  server: {
    proxy: { '/v1': gateway, '/oauth2': gateway, '/api': gateway, '/problems': gateway, '/openapi.json': gateway },
  },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}', 'lint/**/*.test.js'] },
});
