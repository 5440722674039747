import { defineConfig } from 'vitest/config';

// Against a running platform, in a real browser; `./cast test browser` starts both. One file after the other: the machine may be small.
export default defineConfig({
  test: {
    include: ['browser/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    maxConcurrency: 2,
    testTimeout: 180_000,
    hookTimeout: 60_000,
    bail: 0,
  },
});
