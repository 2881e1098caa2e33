import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { makeHealth } from '#functions/http/health/index.ts';
import {
  BUNDLE_FILES,
  bundleHash,
  DECISION_FILES,
  MAPS_FOLDER,
  NOTICES_FILE,
} from '#functions/wiring/bundle.ts';
import { authoritiesOfApi, GROUPS } from '#infra/authority/api-authority.ts';
import { authoritiesOf, authorityOfVendor } from '#infra/authority/authority.ts';
import { buildFunctions } from '#infra/build/build-functions.ts';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import { bundlesIn } from '#infra/build/bundles.ts';
import { API_ROUTES } from '#infra/declarations/api-routes.ts';
import { automationNames, loadFlow, loadVendor, vendorNames } from '#infra/declarations/folders.ts';
import type { Flow } from '#shared/automation/index.ts';
import { silentLog, silentMetrics } from '#shared/kernel/index.ts';
import { copyBuild } from '../support/copy-build.ts';
import { ARNS, DEV, synthesize, withApi } from './template.ts';

interface Handled {
  handler(event: unknown, context: unknown): Promise<unknown>;
}

const ROOT = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'writ-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [here, there] = [join(folder, 'here'), join(folder, 'further/there')];
const [first, second] = [await copyBuild(here), await buildFunctions(there)];

const deployed = first.filter(({ kind }) => kind !== 'platform');
const flows = await Promise.all(automationNames().map(loadFlow));
const declared = await Promise.all(vendorNames().map(loadVendor));
// with everything that any environment gives them
const api = authoritiesOfApi({ automations: flows, arns: ARNS, cdn: true });
const authorities = new Map(
  [
    ...flows.flatMap((flow) => authoritiesOf(flow, ARNS)),
    ...declared.map((vendor) => authorityOfVendor(vendor, ARNS)),
    ...api,
  ].map((authority) => [authority.name, authority]),
);
const textOf = ({ folder }: BuiltFunction, file: (typeof BUNDLE_FILES)[number]) =>
  readFileSync(join(here, folder, file), 'utf8');

/**
 * Clients of AWS: what a role must allow for a bundle to have one, and what is in the client's code
 * and nowhere else.
 */
const CLIENTS = [
  { client: 'client-dynamodb', allowed: /^dynamodb:/, mark: 'DynamoDB_20120810' },
  { client: 'client-sqs', allowed: /^sqs:SendMessage$/, mark: 'AmazonSQS' },
  { client: 'client-kms', allowed: /^kms:/, mark: 'TrentService' },
  { client: 'client-secrets-manager', allowed: /^secretsmanager:/, mark: 'secretsmanager' },
  { client: 'client-lambda', allowed: /^lambda:InvokeFunction$/, mark: '/2015-03-31/functions' },
];

describe('a build', () => {
  it('gives the same hashes again, and in another folder', () => {
    expect(first.length).toBeGreaterThan(10);
    expect(second).toEqual(first);
  });

  it('gives the same templates again: an unchanged function is not deployed', async () => {
    const code = (out: string) => {
      const { templates } = synthesize(
        { automations: flows, vendors: declared, bundles: bundlesIn(out), routes: API_ROUTES },
        withApi(DEV),
      );

      const functions = [...templates.values()]
        .flatMap((template) => [...template.values()])
        .filter((each) => each.Type === 'AWS::Lambda::Function');

      return functions.map(({ Properties }) => [Properties.FunctionName, Properties.Code.S3Key]);
    };

    const coded = code(here);
    expect(coded.length).toBe(deployed.length);
    expect(new Set(coded.map(([, key]) => key)).size).toBe(coded.length);
    expect(code(there)).toEqual(coded);
  });
});

/** Functions without a client of AWS: one answers anybody, the other asks the issuer of tokens. */
const QUIET: ReadonlySet<string> = new Set(['health', 'issuer']);

/**
 * What stands in the code of the SDK's other credential providers, each by one, and of the X-Ray
 * SDK.
 */
const CHAIN_OR_TRACER = [
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'credential_process',
  'sso_start_url',
  'AWS_XRAY_DAEMON_ADDRESS',
];

describe('the bundle of a function that is deployed', () => {
  it('has the clients of exactly the services that its role names, all in its wiring', () => {
    expect(deployed.map(({ name }) => name).sort()).toEqual([...authorities.keys()].sort());

    const used = new Set<string>();
    for (const fn of deployed) {
      const actions =
        authorities
          .get(fn.name)
          ?.statements.flatMap(({ Effect, Action = [] }) => (Effect === 'Allow' ? Action : [])) ??
        [];

      const needed = CLIENTS.filter(({ allowed }) =>
        actions.some((action) => allowed.test(action)),
      );
      const clients = needed.map(({ client }) => `node_modules/@aws-sdk/${client}`);

      expect(
        fn.packages.filter((path) => path.startsWith('node_modules/@aws-sdk/client-')).sort(),
        fn.name,
      ).toEqual(clients.sort());

      const [index, aws] = [textOf(fn, 'index.mjs'), textOf(fn, 'aws.mjs')];

      expect(
        CLIENTS.filter(({ mark }) => aws.includes(mark)),
        fn.name,
      ).toEqual(needed);

      expect(
        CLIENTS.filter(({ mark }) => index.includes(mark)),
        fn.name,
      ).toEqual([]);

      for (const { client } of needed) used.add(client);
    }

    expect(used.size).toBe(CLIENTS.length);
  });

  it('looks for credentials in the environment only, and traces nothing by itself', () => {
    for (const fn of deployed) {
      expect(
        fn.packages.filter((path) => /credential|token-provider|nested-client|sso|xray/.test(path)),
        fn.name,
      ).toEqual(QUIET.has(fn.name) ? [] : ['node_modules/@aws-sdk/credential-provider-env']);

      const code = BUNDLE_FILES.map((file) => textOf(fn, file)).join('\n');

      expect(
        CHAIN_OR_TRACER.filter((mark) => code.includes(mark)),
        fn.name,
      ).toEqual([]);
    }
  });

  it('has nothing of operations that no function sends, nor the manifests of clients', () => {
    for (const fn of deployed)
      expect(textOf(fn, 'aws.mjs'), fn.name).not.toMatch(
        /CreateEventSourceMapping|CreateGrant|ListQueueTags|"devDependencies"|devDependencies:/,
      );
  });

  it('has what access is decided with beside it where somebody is asked who they are, and nowhere else', () => {
    const deciding = GROUPS.filter((group) => group !== 'health');
    for (const fn of first) {
      const files = readdirSync(join(here, fn.folder));
      const wanted = (deciding as readonly string[]).includes(fn.name) ? DECISION_FILES : [];
      expect(files.filter((name) => !name.endsWith('.mjs')).sort(), fn.name).toEqual(
        [...wanted, NOTICES_FILE].sort(),
      );
    }
  });

  it('has the licences of what is in it beside it', () => {
    for (const fn of first) {
      const notices = readFileSync(join(here, fn.folder, NOTICES_FILE), 'utf8');
      expect(notices, fn.name).toContain('\nwrit 0.1.0 (Apache-2.0)\n');

      for (const folder of fn.packages) {
        const { name, version, license } = JSON.parse(
          readFileSync(join(ROOT, folder, 'package.json'), 'utf8'),
        );
        const section = notices
          .split(`\n${'-'.repeat(80)}\n`)
          .find((text) => text.includes(`\n${name} ${version} (${license})\n`));

        expect(section, `${fn.name}: ${name}`).toMatch(
          /Apache License|Permission (?:is hereby granted|to use)/,
        );
      }
    }
  });

  it('keeps the notices that stand in the code itself', () => {
    const withXml = first.filter(({ packages }) => packages.includes('node_modules/xmlchars'));
    expect(withXml.length).toBeGreaterThan(0);
    for (const fn of withXml) expect(textOf(fn, 'index.mjs'), fn.name).toContain('@license MIT');
  });

  it('tells by its hash that any file of it changed', () => {
    const copy = join(folder, 'changed');

    cpSync(join(here, 'gates'), copy, { recursive: true });

    const hashes = new Set([bundleHash(copy)]);
    const files = readdirSync(copy);

    for (const name of files) {
      appendFileSync(join(copy, name), ' ');
      hashes.add(bundleHash(copy));
    }

    expect(hashes.size).toBe(1 + files.length);
    expect(files.length).toBe(BUNDLE_FILES.length + DECISION_FILES.length + 1); // and the notices
  });

  it('has its source map apart from it, where it runs code of an author: alike in every folder, and of files of the checkout', () => {
    const authors = first
      .filter(({ automation }) => automation !== undefined)
      .map((fn) => `${fn.folder}.json`);

    expect(readdirSync(join(here, MAPS_FOLDER)).sort()).toEqual(authors.sort());

    for (const name of authors) {
      const [map, other] = [here, there].map((out) =>
        readFileSync(join(out, MAPS_FOLDER, name), 'utf8'),
      );

      expect([name, map === other]).toEqual([name, true]);

      const { sources, sourcesContent } = JSON.parse(map ?? '') as {
        sources: readonly string[];
        sourcesContent?: unknown;
      };

      expect(
        sources.filter(
          (path) => path.startsWith('functions/automations/') && existsSync(join(ROOT, path)),
        ),
      ).not.toEqual([]);

      expect([name, sourcesContent]).toEqual([name, undefined]);
    }
  });

  it('holds no code of an author where people reach it: what automations declare is there as data', () => {
    for (const { name, folder: own } of first.filter(
      ({ kind }) => kind === 'http' || kind === 'issuer',
    )) {
      const code = readFileSync(join(here, own, 'index.mjs'), 'utf8');

      expect([
        name,
        code.includes('functions/automations/'),
        code.includes('invoice-approval/intake'),
      ]).toEqual([name, false, false]);
    }
  });

  it('gives docs/openapi.json to whoever asks for the document', async () => {
    const { http } = (await import(pathToFileURL(join(here, 'health', 'index.mjs')).href)) as {
      http: ReturnType<typeof makeHealth>;
    };

    const event = {
      routeKey: 'GET /openapi.json',
      rawQueryString: '',
      headers: {},
      requestContext: { requestId: 'one' },
    } as never;

    const { body } = await http.connect({ log: silentLog, metrics: silentMetrics })(event);
    const written = readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
    // the same bytes but for the lines of the file
    expect(body).toBe(JSON.stringify(JSON.parse(written)));
  });

  it('knows no way to sign in but the issuer’s: neither the keys nor the tokens of one machine', () => {
    for (const { folder: own } of first.filter(({ kind }) => kind === 'http'))
      for (const file of BUNDLE_FILES)
        expect(readFileSync(join(here, own, file), 'utf8')).not.toMatch(
          /sign-in\.code|local-issuer|LocalIssuer/,
        );
  });

  it('is at most 600 KB of code for a step, and for a function of the API', () => {
    const sizes = deployed.map(({ name, kind, folder }) => {
      const [aws = 0, index = 0] = BUNDLE_FILES.map(
        (file) => statSync(join(here, folder, file)).size,
      );
      return { name, kind, index, aws };
    });

    const row = (...cells: readonly (string | number)[]) =>
      `  ${cells.map((cell, i) => (i === 0 ? String(cell).padEnd(36) : String(cell).padStart(11))).join('')}\n`;

    process.stdout.write(
      [
        row('bundle, in bytes', 'index.mjs', 'aws.mjs', 'both'),
        ...sizes.map(({ name, index, aws }) => row(name, index, aws, index + aws)),
      ].join(''),
    );

    const awaited = sizes.filter(({ kind }) => ['step', 'http', 'issuer'].includes(kind));
    expect(new Set(awaited.map(({ kind }) => kind)).size).toBe(3);
    expect(awaited.filter(({ index, aws }) => index + aws > 600_000)).toEqual([]);
  });

  it('knows the definition of its automation as the sources give it', async () => {
    const intakes = first.filter(({ kind }) => kind === 'intake');
    expect(intakes.length).toBeGreaterThan(0);
    for (const { automation = '', folder: own } of intakes) {
      const { flow } = (await import(join(here, own, 'index.mjs'))) as { flow: Flow };
      expect(flow.definition).toBe((await loadFlow(automation)).definition);
    }
  });

  it('refuses to be called anywhere but on Lambda, and loads no client there', async () => {
    for (const { name, folder: own } of deployed) {
      // without its wiring: it is not even looked for
      const alone = join(folder, 'alone', own, 'index.mjs');
      cpSync(join(here, own, 'index.mjs'), alone);

      const { handler } = (await import(pathToFileURL(alone).href)) as Handled;

      await expect(handler({ Records: [] }, {}), name).rejects.toMatchObject({
        code: 'wiring.unavailable',
      });
    }
  });
});

describe('bundles', () => {
  it('fail in words when nothing was built', () => {
    expect(() => bundlesIn(join(folder, 'nowhere'))).toThrow(
      /functions\.json is missing: run `npm run build` first$/,
    );
  });

  it('fail in words when the build made no such function', () => {
    expect(() => bundlesIn(here)('invoice-approval.guess')).toThrow(
      /^no bundle of function "invoice-approval\.guess"; the build made /,
    );
  });
});
