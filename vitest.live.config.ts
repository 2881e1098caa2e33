import { defineConfig } from 'vitest/config';

/**
 * Tests that need a real account; `npm run live` makes what they need, and `docs/live.md` says what
 * that is.
 */
export default defineConfig({
  test: {
    include: ['test/live/suites/**/*.test.ts'],
    reporters: ['default', './test/closing-line.ts'],
    setupFiles: ['test/support/setup.ts'],
    fileParallelism: false, // suites share the account's limits, and what is printed stays readable
    testTimeout: 15 * 60_000, // the sequences of commits empty the tables again and again
    hookTimeout: 15 * 60_000,
  },
});
