import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#infra/build.ts';
import { bundlesIn } from '#infra/bundles.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from '#infra/folders.ts';
import { synthesize } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [here, there] = [join(folder, 'here'), join(folder, 'further/there')];
const [first, second] = [await buildFunctions(here), await buildFunctions(there)];

describe('a build', () => {
  it('gives the same hashes again, and in another folder', () => {
    expect(first.length).toBeGreaterThan(10);
    expect(second).toEqual(first);
  });

  it('gives the same templates again: an unchanged function is not deployed', async () => {
    const automations = await Promise.all(automationNames().map(loadFlow));
    const vendors = await Promise.all(vendorNames().map(loadVendor));
    const code = (out: string) => {
      const { templates } = synthesize({ automations, vendors, bundles: bundlesIn(out) });
      const functions = [...templates.values()]
        .flatMap((template) => [...template.values()])
        .filter((each) => each.Type === 'AWS::Lambda::Function');
      return functions.map(({ Properties }) => [Properties.FunctionName, Properties.Code.S3Key]);
    };
    const deployed = code(here);
    expect(deployed.length).toBe(first.filter(({ kind }) => kind !== 'platform').length);
    expect(new Set(deployed.map(([, key]) => key)).size).toBe(deployed.length);
    expect(code(there)).toEqual(deployed);
  });
});

it('each function that is deployed says that it has no adapters, rather than pretend to work', async () => {
  const deployed = first.filter(({ kind }) => kind !== 'platform');
  for (const { name, folder } of deployed) {
    const { handler } = (await import(join(here, folder, 'index.mjs'))) as {
      handler: (event: unknown, context: unknown) => Promise<unknown>;
    };
    const Records = [{ messageId: '1', body: '{}', attributes: { ApproximateReceiveCount: '1' } }];
    await expect(handler({ Records }, {}), name).rejects.toMatchObject({ code: 'wiring.unavailable' });
  }
});

describe('bundles', () => {
  it('fail in words when nothing was built', () => {
    expect(() => bundlesIn(join(folder, 'nowhere'))).toThrow(/functions\.json is missing: run `npm run build` first$/);
  });

  it('fail in words when the build made no such function', () => {
    expect(() => bundlesIn(here)('invoice-approval.guess')).toThrow(/^no bundle of function "invoice-approval\.guess"; the build made /);
  });
});
