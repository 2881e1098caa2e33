import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/suites/**'], // they need a real account: npm run live
    globalSetup: ['test/support/aws/moto-setup.ts'],
    // processes that tests start need not compile the sources anew each time
    env: {
      CDK_VALIDATION: 'false',
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/writ-tests'),
    },
    reporters: ['default', './test/closing-line.ts'],
    maxWorkers: 2, // the default leaves one of two cores to nobody
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
