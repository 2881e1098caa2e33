import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bank } from '#cli/demo/bank.ts';
import { approver, clerk, operator } from '#cli/demo/people.ts';
import { formatTimeline } from '#cli/trail/format-entry.ts';
import invoiceApproval from '#functions/automations/invoice-approval/automation.ts';
import readInvoice from '#functions/automations/invoice-approval/intake.ts';
import { generateSamples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { startPlatform } from '#functions/embedded/platform.ts';
import { intakeFunction } from '#functions/framework/lambda/automation-functions.ts';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { buildIfStale } from '#infra/build/build-functions.ts';
import { jsonLog } from '#shared/kernel/index.ts';
import { entriesOfRun } from '#shared/ledger/index.ts';
import { openWorld, type World } from '../../../support/aws/world.ts';
import { APPROVER, entriesOf, idempotent, temporaryFolder } from '../../../support/bench.ts';
import { demo } from '../../../support/demo-process.ts';

/**
 * Marked values that stand for everything sensitive an invoice holds. Whatever finds one of them
 * elsewhere has found a leak.
 */
const CANARY = {
  iban: 'NL02ABNA0123456789',
  name: 'Cornelia Canary-Vogel',
  email: 'cornelia.canary@vogelhaus.example',
  phone: '+31 20 555 0199',
};
const BANK_TOKEN = 'canary-bank-token-7d1f';

/** As they could also turn up: encoded, without spaces, reversed by nobody. */
const spellings = (value: string) => [
  value,
  value.replaceAll(' ', ''),
  value.toLowerCase(),
  encodeURIComponent(value),
  Buffer.from(value).toString('base64').replaceAll('=', ''),
  Buffer.from(value).toString('hex'),
];
const MARKS = [...Object.values(CANARY), BANK_TOKEN].flatMap(spellings);

function marksIn(bytes: Buffer | string): string[] {
  const text = typeof bytes === 'string' ? bytes : bytes.toString('latin1');
  return MARKS.filter((mark) => text.includes(mark));
}

const invoices = generateSamples('canary')
  .invoices.slice(0, 40)
  .map(({ xml, file }) => ({
    file,
    xml: xml
      .replace(/(<[\w:]*PayeeFinancialAccount>\s*<[\w:]*ID[^>]*>)[^<]+/, `$1${CANARY.iban}`)
      .replace(/(<[\w:]*Contact>[\s\S]*?<[\w:]*Name>)[^<]+/g, `$1${CANARY.name}`)
      .replace(/(<[\w:]*Telephone>)[^<]+/g, `$1${CANARY.phone}`)
      .replace(/(<[\w:]*ElectronicMail>)[^<]+/g, `$1${CANARY.email}`),
  }));

describe('marked sensitive values on their way through whole runs', () => {
  let requests = 0;
  const bank = new Bank(BANK_TOKEN, { dropAfter: () => ++requests % 7 === 0 });
  const folder = temporaryFolder();
  const sinks: Record<string, string> = {};
  let outcomes: readonly string[] = [];

  beforeAll(async () => {
    const lines: string[] = [];

    const platform = await startPlatform({
      folder,
      bundles: await buildIfStale(),
      vendors: { bank: await bank.open() },
      log: jsonLog((line) => lines.push(line), Date.now, 'debug'),
      walPages: 0,
    });

    const messages: string[] = [];
    const errors: string[] = [];

    await platform.vault.put('bank-api-token', BANK_TOKEN);
    await platform.workspaces.create('acme', operator);
    await platform.automations.seedRollout(
      { automation: 'invoice-approval', workspace: 'acme' },
      'exceptions',
      operator,
    );

    const start = platform.intakes.get('invoice-approval')!;
    const ids: string[] = [];

    for (const { file, xml } of invoices)
      ids.push(
        (
          await start({
            workspace: 'acme',
            idempotencyKey: file,
            requester: clerk,
            bytes: Buffer.from(xml),
          })
        ).run,
      );

    // what cannot be started must not tell either
    const refused = [
      invoices[0]!.xml.slice(0, 2_000),
      invoices[0]!.xml.replace(CANARY.iban, `${CANARY.iban}!`),
      invoices[0]!.xml.replace('<?xml', '<!DOCTYPE x><?xml'),
      invoices[0]!.xml.replaceAll('EUR', 'ZZZ'),
    ];

    for (const [i, xml] of refused.entries()) {
      await start({
        workspace: 'acme',
        idempotencyKey: `bad-${i}`,
        requester: clerk,
        bytes: Buffer.from(xml),
      }).then(
        () => errors.push('was accepted'),
        (error: Error) =>
          errors.push(
            `${error.name} ${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`,
          ),
      );
    }

    await start({
      workspace: 'acme',
      idempotencyKey: invoices[0]!.file,
      requester: clerk,
      bytes: Buffer.from(invoices[1]!.xml),
    }).catch((error) => errors.push(String(error)));

    await platform.settled();

    for (const { key, gate, seen } of await platform.gates.open('acme')) {
      messages.push(JSON.stringify(gate));
      await platform.gates.decide(approver, {
        key,
        gate: gate.gate,
        outcome: messages.length % 3 === 0 ? 'rejected' : 'approved',
        reason: 'seen',
        seen,
      });
    }

    await platform.settled();

    const timelines = await Promise.all(ids.map((run) => formatTimeline(platform.store, run)));

    outcomes = (
      await Promise.all(
        ids.map(async (run) =>
          (
            await entriesOfRun(platform.store, run)
          ).map(({ bytes }) => Buffer.from(bytes).toString()),
        ),
      )
    ).flat();

    // database and write-ahead log as they lie there in mid-life, then as they are left
    sinks.live = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name)).toString('latin1'))
      .join('\n');
    platform.close();

    Object.assign(sinks, {
      log: lines.join('\n'),
      gates: messages.join('\n'),
      errors: errors.join('\n'),
      timelines: JSON.stringify(timelines),
      entries: outcomes.join('\n'),
    });

    sinks.left = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name)).toString('latin1'))
      .join('\n');
  });

  afterAll(() => bank.close());

  it('reach the bank, so that the search has something to miss', () => {
    expect(bank.payments.length).toBeGreaterThan(20);
    expect(marksIn(invoices[0]!.xml).length).toBeGreaterThanOrEqual(4);
    expect(sinks.entries).toContain('"action":"gate.decide"');
    expect(sinks.errors?.split('\n').length).toBeGreaterThan(4);
  });

  for (const sink of ['live', 'left', 'log', 'gates', 'errors', 'timelines', 'entries']) {
    it(`are in none of: ${sink}`, () => {
      expect(sinks[sink]?.length).toBeGreaterThan(0);
      expect(marksIn(sinks[sink] ?? '')).toEqual([]);
    });
  }

  it('are in nothing the demo prints of such an invoice', async () => {
    const { mkdtempSync, writeFileSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const path = join(mkdtempSync(join(tmpdir(), 'writ-test-')), 'invoice.xml');
    writeFileSync(path, invoices[0]!.xml);
    const { code, stdout, stderr } = await demo('--invoice', path, '--verbose');
    expect(code).toBe(0);
    expect(marksIn(stdout + stderr)).toEqual([]);
  });
});

describe('marked sensitive values on their way through whole runs on AWS', () => {
  const sinks: Record<string, string> = {};
  const bank = idempotent();

  beforeAll(async () => {
    const world = await openWorld(invoiceApproval, bank);

    bank.fault = (nth) => (nth % 7 === 0 ? 'drop' : undefined);

    const start = intakeFunction(invoiceApproval, readInvoice).starter(
      world.bench.ports('invoice-approval.intake'),
    );
    const errors: string[] = [];
    const messages: string[] = [];
    const put = world.queues.put.bind(world.queues);

    world.queues.put = (queue, body, ...rest) => {
      messages.push(`${queue} ${body}`);
      put(queue, body, ...rest);
    };

    const upload = (idempotencyKey: string, xml: string) =>
      start({
        workspace: WORKBENCH_WORKSPACE,
        idempotencyKey,
        requester: clerk,
        bytes: Buffer.from(xml),
      });

    const refused = (error: Error) =>
      errors.push(
        `${error.name} ${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`,
      );

    const some = invoices.slice(0, 16);

    for (const { file, xml } of some) await upload(file, xml);

    await upload('bad-1', some[0]!.xml.slice(0, 2_000)).catch(refused);
    await upload('bad-2', some[0]!.xml.replace(CANARY.iban, `${CANARY.iban}!`)).catch(refused);
    await upload(some[0]!.file, some[1]!.xml).catch(refused);
    await world.drive(0);

    const gates: string[] = [];
    for (const { key, gate, seen } of await world.bench.openGates()) {
      gates.push(JSON.stringify(gate));
      const outcome = gates.length % 3 === 0 ? 'rejected' : 'approved';
      await world.bench.decide(APPROVER, { key, gate: gate.gate, outcome, reason: 'seen', seen });
    }

    await world.drive();

    Object.assign(sinks, {
      tables: wireOf(world),
      kms: JSON.stringify(world.base.kms.asked),
      messages: messages.join('\n'),
      errors: errors.join('\n'),
      gates: gates.join('\n'),
      entries: JSON.stringify(await entriesOf(world.bench)),
      log: JSON.stringify(world.lines),
    });
  });

  /** Every request to the tables, and what is in its binary values. */
  function wireOf({ base: { front } }: World): string {
    return front.requests
      .map(({ body }) => JSON.stringify(body))
      .flatMap((text) => [
        text,
        ...[...text.matchAll(/"B":"([^"]*)"/g)].map(([, bytes = '']) =>
          Buffer.from(bytes, 'base64').toString('latin1'),
        ),
      ])
      .join('\n');
  }

  it('reach the bank, so that the search has something to miss', () => {
    expect(bank.effects.length).toBeGreaterThan(8);
    expect(bank.effects.every(({ body }) => marksIn(body).length > 0)).toBe(true);
    expect(sinks.entries).toContain('"action":"gate.decide"');
    expect(sinks.tables).toContain('"action":"gate.decide"'); // binary values are looked into
    expect(sinks.errors?.split('\n').length).toBeGreaterThan(3);
  });

  for (const sink of ['tables', 'kms', 'messages', 'errors', 'gates', 'entries', 'log']) {
    it(`are in none of: ${sink}`, () => {
      expect(sinks[sink]?.length).toBeGreaterThan(2);
      expect(marksIn(sinks[sink] ?? '')).toEqual([]);
    });
  }
});
