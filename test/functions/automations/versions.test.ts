import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automationNames, loadFlow } from '#infra/folders.ts';
import { recordedVersions, recordVersion } from '#infra/versions.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { paymentFlow } from '../../support/payment-flow.ts';

describe('a version of an automation', () => {
  for (const name of automationNames()) {
    it(`of ${name} is never changed after it was recorded: a changed definition is a new version, see npm run versions`, async () => {
      const flow = await loadFlow(name);
      expect(flow.name).toBe(name);
      expect(recordedVersions(name)[flow.version]).toBe(flow.definition);
    });
  }

  it('changes with anything that is declared', () => {
    const flows = [paymentFlow(), paymentFlow({ attempts: 4 }), paymentFlow({ timeoutMs: 6_000 }), paymentFlow({ gate: false })];
    expect(new Set(flows.map(({ definition }) => definition)).size).toBe(4);
    expect(paymentFlow().definition).toBe(flows[0]?.definition);
  });

  it('is recorded beside those before it, and never over one', () => {
    const root = temporaryFolder();
    mkdirSync(join(root, 'functions/automations/refund'), { recursive: true });
    const flow = (version: number, definition: string) => ({ name: 'refund', version, definition });
    expect(recordVersion(flow(1, 'a'), root)).toMatch(/is recorded now/);
    expect(recordVersion(flow(1, 'a'), root)).toMatch(/is recorded$/);
    expect(recordVersion(flow(1, 'b'), root)).toMatch(/count `version` up/);
    expect(recordVersion(flow(2, 'b'), root)).toMatch(/is recorded now/);
    expect(recordedVersions('refund', root)).toEqual({ 1: 'a', 2: 'b' });
  });
});
