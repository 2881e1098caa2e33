import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automationNames, loadFlow } from '#infra/declarations/folders.ts';
import {
  assertUnchanged,
  recordedVersions,
  recordVersion,
  recordVersions,
} from '#infra/versions.ts';
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
    const flows = [
      paymentFlow(),
      paymentFlow({ attempts: 4 }),
      paymentFlow({ timeoutMs: 6_000 }),
      paymentFlow({ gate: false }),
    ];

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

  it('that is not recorded because it was changed ends the command with exit code 1, after all others', () => {
    const root = temporaryFolder();
    const flow = (name: string, definition: string) => ({ name, version: 1, definition });

    for (const name of ['closing', 'refund', 'welcome'])
      mkdirSync(join(root, 'functions/automations', name), { recursive: true });

    const said: string[] = [];
    const record = (...flows: readonly ReturnType<typeof flow>[]) =>
      recordVersions(flows, (line) => said.push(line), root);

    expect(record(flow('closing', 'a'), flow('refund', 'a'))).toBe(0);
    expect(record(flow('closing', 'a'), flow('refund', 'b'), flow('welcome', 'a'))).toBe(1);

    expect(said.slice(2)).toEqual([
      'closing: version 1 is recorded',
      expect.stringMatching(
        /^refund: version 1 was recorded with another definition; count `version` up/,
      ),
      'welcome: version 1 is recorded now',
    ]);

    expect(recordedVersions('refund', root)).toEqual({ 1: 'a' });
  });

  it('is run and deployed only as it was recorded, or before it was', () => {
    const root = temporaryFolder();

    mkdirSync(join(root, 'functions/automations/refund'), { recursive: true });

    const flow = (version: number, definition: string) => ({ name: 'refund', version, definition });

    assertUnchanged([flow(1, 'a')], root);
    recordVersion(flow(1, 'a'), root);
    assertUnchanged([flow(1, 'a'), flow(2, 'b')], root);

    expect(() => assertUnchanged([flow(1, 'b')], root)).toThrow(
      expect.objectContaining({
        code: 'automation.changed',
        message: expect.stringMatching(
          /refund, version 1, .* Count `version` up in the declaration under functions\/automations\/refund; npm run versions/,
        ),
      }),
    );
  });
});
