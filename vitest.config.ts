import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const NOT_HERE = ['test/live/suites/**']; // they need a real account: npm run live

/**
 * Tests that keep no state outside their own stores and benches. Their files share a process and
 * evaluate each module once, the AWS CDK above all. Other files start processes, leave environment
 * variables set or depend on what a module holds, so each gets a process of its own.
 */
const SHARED = [
  'test/cli/{api,authority,client,command,embedded,trail,verify}/**/*.test.ts',
  'test/functions/**/*.test.ts',
  'test/iam/**/*.test.ts',
  'test/infra/{api-authority,authority,egress,environments,handlers,http-api,lock,names}.test.ts',
  'test/infra/{rules,scale,stacks,watch}.test.ts',
  'test/infra/proofs/**/*.test.ts',
  'test/shared/**/*.test.ts',
  'test/support/**/*.test.ts',
];

/**
 * Tests that open and close servers on ports of the system's choice. A connection that `fetch` kept
 * to an earlier server could be taken for one to a later server of the same port.
 */
const APART = ['test/shared/vendors/**/*.test.ts'];

const COMMON = {
  // processes that tests start need not compile the sources anew each time
  env: {
    CDK_VALIDATION: 'false',
    NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/writ-tests'),
  },
  setupFiles: ['test/support/setup.ts'],
  testTimeout: 60_000,
  hookTimeout: 60_000,
};

export default defineConfig({
  test: {
    globalSetup: ['test/support/aws/moto-setup.ts'], // one moto serves both projects
    reporters: ['default', './test/closing-line.ts'],
    maxWorkers: 2, // the default leaves one of two cores to nobody
    projects: [
      {
        test: {
          ...COMMON,
          name: 'shared',
          include: SHARED,
          exclude: [...NOT_HERE, ...APART],
          isolate: false,
        },
      },
      {
        test: {
          ...COMMON,
          name: 'apart',
          include: ['test/**/*.test.ts'],
          exclude: [...NOT_HERE, ...SHARED],
        },
      },
      { test: { ...COMMON, name: 'ports', include: APART, exclude: NOT_HERE } },
    ],
  },
});
