import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { SETTINGS } from '#functions/wiring/settings.ts';
import { authoritiesOfApi } from '#infra/authority/api-authority.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import { settingsOf } from '#infra/authority/function-settings.ts';
import { loadDeclarations } from '#infra/declarations/declared.ts';
import { copyBuild } from '../support/copy-build.ts';
import type { Opened, ToOpen } from './opened.ts';
import { ARNS, DEV, withApi } from './template.ts';

const folder = mkdtempSync(join(tmpdir(), 'writ-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What Lambda sets besides, as far as adapters look at it. */
const OF_LAMBDA = {
  AWS_REGION: DEV.region,
  AWS_ACCESS_KEY_ID: 'ASIAROLEROLEROLEROLE',
  AWS_SECRET_ACCESS_KEY: 'a',
  AWS_SESSION_TOKEN: 'b',
};

const { automations, vendors } = await loadDeclarations();
const built = new Map((await copyBuild(folder)).map((fn) => [fn.name, fn]));
const functions = [
  ...automations.flatMap((flow) => authoritiesOf(flow, ARNS)),
  ...vendors.map((vendor) => authorityOfVendor(vendor, ARNS)),
  ...authoritiesOfApi({ automations, arns: ARNS, cdn: false }),
].map((authority) => ({
  name: authority.name,
  settings: settingsOf(authority, ARNS, withApi(DEV)),
}));

/** A deployment need not name a first admin. */
const OPTIONAL: readonly string[] = [SETTINGS.firstAdmin.variable];

/** What becomes of each function when it is opened in the environments made of its settings. */
async function open(
  environmentsOf: (settings: Readonly<Record<string, string>>) => ToOpen['environments'],
): Promise<Opened[][]> {
  const workerData = functions.map(({ name, settings }): ToOpen => {
    const aws = pathToFileURL(join(folder, built.get(name)?.folder ?? '', 'aws.mjs')).href;
    return {
      name,
      aws,
      environments: environmentsOf({ ...settings, AWS_REGION: OF_LAMBDA.AWS_REGION }),
    };
  });

  const worker = new Worker(join(import.meta.dirname, 'opened.ts'), { workerData, env: {} });
  const [ends] = (await once(worker, 'message')) as [Opened[][]];

  await worker.terminate();

  return ends;
}

describe('what a deployment tells a function', () => {
  it('is all that its bundle asks for when it is opened, and the region, which Lambda tells it', async () => {
    const ends = await open((settings) => [{ ...OF_LAMBDA, ...settings }]);
    expect(functions.length).toBeGreaterThan(10);
    expect(functions.map(({ name }, i) => [name, ends[i]])).toEqual(
      functions.map(({ name }) => [name, ['opened']]),
    );
  });

  it('is nothing that its bundle could do without: left out, each is named', async () => {
    const ends = await open((settings) =>
      neededOf(settings).map((left) => without({ ...OF_LAMBDA, ...settings }, left)),
    );
    const seen = functions.map(({ name }, i) => [name, ends[i]]);

    const named = functions.map(({ name, settings }) => [
      name,
      [...neededOf(settings), 'AWS_REGION'].map((left) => ({
        code: 'wiring.incomplete',
        message: expect.stringMatching(
          new RegExp(`^function ${name} cannot start: ${left} is missing; the deployment sets `),
        ),
      })),
    ]);

    expect(seen).toEqual(named);
  });
});

const neededOf = (settings: Readonly<Record<string, string>>) =>
  Object.keys(settings).filter((name) => !OPTIONAL.includes(name));

function without(
  environment: Readonly<Record<string, string>>,
  left: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== left));
}
