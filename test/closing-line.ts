import type { Reporter, TestModule } from 'vitest/node';

/**
 * Ends a run with `N passed, N failed, N skipped`, alone on a line, and says loudly what was
 * skipped.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      let failures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state]++;
        if (state === 'failed') failures++;
        if (state === 'skipped') console.log(`SKIPPED: ${test.fullName}`);
      }

      // a file that did not even load
      if (module.state() === 'failed' && failures === 0) count.failed++;
    }

    console.log(
      `\n${count.passed} passed, ${count.failed + count.pending} failed, ${count.skipped} skipped`,
    );
  }
}
