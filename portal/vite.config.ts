import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// The development server forwards everything that is not the portal to a running gateway.
const gateway = process.env['CAST_PUBLIC_URL'] ?? 'http://localhost:8080';

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { proxy: { '/v1': gateway, '/oauth2': gateway, '/api': gateway, '/problems': gateway, '/openapi.json': gateway } },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}'] },
});
