import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automationNames, loadFlow } from '#infra/build.ts';

const ROOT = join(import.meta.dirname, '../../../functions/automations');

describe('a version of an automation', () => {
  for (const name of automationNames()) {
    it(`of ${name} is never changed after it was recorded: a changed definition is a new version`, async () => {
      const path = join(ROOT, name, 'versions.json');
      expect(existsSync(path), `${name} records its versions in versions.json`).toBe(true);
      const recorded = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
      const flow = await loadFlow(name);
      expect(flow.name).toBe(name);
      // runs are pinned to version and definition: count `version` up and record the new hash beside the old ones
      expect(recorded[flow.version]).toBe(flow.definition);
    });
  }

  it('changes with anything that is declared', async () => {
    const { paymentFlow } = await import('../../support/payment-flow.ts');
    const definitions = [paymentFlow(), paymentFlow({ attempts: 4 }), paymentFlow({ timeoutMs: 6_000 }), paymentFlow({ gate: false })].map(
      ({ definition }) => definition,
    );
    expect(new Set(definitions).size).toBe(4);
    expect(paymentFlow().definition).toBe(definitions[0]);
  });
});
