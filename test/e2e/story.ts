import { join } from 'node:path';
import { Bank } from '#cli/demo/bank.ts';
import { approver, clerk, operator } from '#cli/demo/people.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import type { StartAnswer } from '#functions/framework/lambda/intake-handler.ts';
import type { GateOperations } from '#functions/http/gates/operations.ts';
import type { RecordOperations } from '#functions/http/records/operations.ts';
import type { WorkspaceOperations } from '#functions/http/workspaces/operations.ts';
import type { BuiltFunction } from '#infra/build/built-function.ts';
import { loadFlow } from '#infra/declarations/folders.ts';
import { checkTrail, type Entry } from '#shared/audit/index.ts';
import { runOf, target } from '#shared/engine/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { changed, GOOD, SECRETS } from '../functions/automations/invoice-approval/good-invoice.ts';
import type { MotoClientConfig } from '../support/aws/moto.ts';
import { copyBuild } from '../support/copy-build.ts';
import { type Cloud, openCloud } from './cloud.ts';
import { insteadOf, LATER } from './outside.ts';

export const AUTOMATION = 'invoice-approval';
export const WORKSPACE = 'acme';
const [INTAKE, TIMERS, SWEEPER] = [
  `${AUTOMATION}.intake`,
  `${AUTOMATION}.timers`,
  `${AUTOMATION}.sweeper`,
];
export const FORGOTTEN = `${AUTOMATION}.tell-supplier`;

/** The bank's token, and the one that takes its place. */
export const [TOKEN, ROTATED] = ['bank-token-before-qx81', 'bank-token-after-zz07'];
/** What of {@link GOOD} is sensitive: all but names of companies. */
export const [IBAN = '', ...CONTACT] = SECRETS.slice(0, 4);

const numbered = (number: string) => changed('2026-0001', number);
/** The invoices, by what becomes of them. */
export const INVOICES = {
  paid: numbered('E-1'),
  approved: changed('PO-7', 'PO-999', numbered('E-2')),
  rejected: changed(IBAN, 'NL02ABNA0123456789', numbered('E-3')),
  rotated: numbered('E-4'),
  parked: numbered('E-5'),
  swept: numbered('E-6'),
};
export type Case = keyof typeof INVOICES;

export const runKey = (run = '') => ({ automation: AUTOMATION, workspace: WORKSPACE, run });

export type Story = Awaited<ReturnType<typeof play>>;

/**
 * Deploys the bundles, and lets happen what happens to a deployment; whoever reads it afterwards
 * asks what came of it. All functions are stopped in the end, so that everything they wrote is
 * there.
 *
 * @param folder - A temporary one.
 */
export async function play(moto: MotoClientConfig, folder: string) {
  const bundles = join(folder, 'functions');
  const built = await ofTheStory(await copyBuild(bundles));
  const book = join(folder, 'bank.jsonl');
  const before = new Bank(TOKEN, {}, book);
  const url = await before.open();
  const cloud = await openCloud(moto, {
    bundles,
    built,
    outside: { 'vendor.bank': insteadOf('https://api.bank.example', url) },
  });

  const { functions, queues } = cloud;
  const runs = {} as Record<Case, string>;

  await cloud.putSecret('vendor.bank', 'bank-api-token', TOKEN);

  const prepared = await prepare(cloud);

  const start = (idempotencyKey: string, xml: string) => {
    const bytes = Buffer.from(xml).toString('base64');
    return functions.of(INTAKE).invoke({
      start: { workspace: WORKSPACE, idempotencyKey, requester: clerk, bytes },
    }) as Promise<StartAnswer>;
  };

  const begin = async (...cases: readonly Case[]) => {
    for (const each of cases) {
      const answer = await start(each, INVOICES[each]);
      runs[each] = 'started' in answer ? answer.started.run : JSON.stringify(answer);
    }
  };

  // three invoices; the first of them again, once as it was and once as another; and what is no
  // invoice
  await begin('paid', 'approved', 'rejected');

  const starts = {
    again: await start('paid', INVOICES.paid),
    other: await start('paid', INVOICES.rotated),
    hostile: await start(
      'hostile',
      changed('<Invoice', '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Invoice'),
    ),
    malformed: await functions.of(INTAKE).invoke({ start: { workspace: WORKSPACE, bytes: IBAN } }),
  };

  await queues.settle();

  const atGates = await statuses(cloud, runs);

  // nothing is due until two weeks have gone by, and word that comes too early changes nothing
  const timers = [
    await functions.of(TIMERS).invoke({}),
    await functions.start(TIMERS, { before: LATER }).invoke({}),
  ];

  await queues.settle();

  const afterTimers = await statuses(cloud, runs);
  const hits = await decide(cloud, runs);

  await queues.settle();

  // from here on the bank takes another token
  before.close();

  const bank = new Bank(ROTATED, {}, book);

  await bank.open(Number(new URL(url).port));
  await cloud.putSecret('vendor.bank', 'bank-api-token', ROTATED);

  const unrotated = functions.of('vendor.bank');
  const asked = cloud.front.requests.length;

  await begin('rotated');
  await queues.settle('once');

  const requests = cloud.front.requests.slice(asked).map(({ operation }) => operation);

  // a deployment leaves something out, and is mended
  functions.deploy(FORGOTTEN, { without: ['WRIT_PREFIX', 'WRIT_DATA_KEY'] });

  const broken = functions.of(FORGOTTEN);

  await begin('parked');
  await queues.settle();
  functions.deploy(FORGOTTEN);

  // word of a first step is lost
  await begin('swept');

  const lost = await queues.lose(`${AUTOMATION}.check-arithmetic`);

  await queues.settle();

  const sweeps = [
    await functions.of(SWEEPER).invoke({}),
    await functions.start(SWEEPER, { before: LATER }).invoke({}),
  ];

  await queues.settle();

  await functions.stop();
  bank.close();

  const { entries, report } = await readTrail(cloud);
  const ends = await statuses(cloud, runs);
  const left = await queues.left();

  await cloud.close();

  const kept = { built, cloud, bank, runs, entries, report, ends, left, broken };

  return {
    ...kept,
    prepared,
    starts,
    atGates,
    timers,
    afterTimers,
    hits,
    requests,
    lost,
    sweeps,
    unrotated,
  };
}

/**
 * The functions of the automation that is played, of the vendors that it calls, and of the
 * platform: whatever else there is.
 */
async function ofTheStory(built: readonly BuiltFunction[]): Promise<readonly BuiltFunction[]> {
  const { steps } = await loadFlow(AUTOMATION);
  const called = new Set([...steps.values()].flatMap(({ step }) => step.authority.vendors));

  return built.filter(
    ({ kind, automation, vendor }) =>
      kind === 'platform' ||
      kind === 'http' ||
      automation === AUTOMATION ||
      (vendor !== undefined && called.has(vendor)),
  );
}

/** A workspace, what the register holds, and how far the automation is trusted. */
async function prepare(cloud: Cloud) {
  const flow = await loadFlow(AUTOMATION);
  const { supplierId, supplierName, iban, currency, taxExclusive } = readInvoice(Buffer.from(GOOD));
  const workspaces = await cloud.platform<WorkspaceOperations>('workspaces');
  const records = await cloud.platform<RecordOperations>('records');
  const created = [
    await workspaces.create(WORKSPACE, operator),
    await workspaces.create(WORKSPACE, operator),
  ];

  await records.import(flow, {
    workspace: WORKSPACE,
    collection: 'order',
    records: [{ id: 'PO-7', values: { supplierId, currency, total: 100 * taxExclusive } }],
    actor: operator,
  });

  await records.import(flow, {
    workspace: WORKSPACE,
    collection: 'supplier',
    records: [{ id: supplierId, values: { name: supplierName, iban } }],
    actor: operator,
  });

  // There is no way yet to promote an automation on evidence, and to trust it without is possible
  // only in the embedded mode. So the document that a promotion would leave is put in place, by the
  // one function that may write it.
  const ledger = cloud.ledgerOf('automations');

  const commit = (action: 'rollout.seed' | 'record.import') =>
    ledger.commit({
      changes: [
        {
          op: 'insert',
          target: target.control(runKey()),
          body: { v: 'control/1', rollout: 'exceptions' },
        },
      ],
      entries: [
        {
          workspace: WORKSPACE,
          actor: operator,
          action,
          outcome: 'ok',
          targets: [{ kind: 'automation', id: AUTOMATION }],
        },
      ],
    });

  const seeded = await commit('rollout.seed').then(
    () => 'accepted',
    ({ code }: { readonly code?: string }) => code,
  );

  await commit('record.import');

  return { created, seeded };
}

/** Approves the one and rejects the other. @returns which rules made each of them wait. */
async function decide(
  cloud: Cloud,
  runs: Readonly<Record<Case, string>>,
): Promise<Record<string, string[]>> {
  const gates = await cloud.platform<GateOperations>('gates');
  const hits: Record<string, string[]> = {};

  for (const { key, gate, seen } of await gates.open(WORKSPACE)) {
    hits[key.run] = gate.hits.map(({ rule }) => rule);
    const outcome = key.run === runs.approved ? 'approved' : 'rejected';
    await gates.decide(approver, { key, gate: gate.gate, outcome, reason: 'looked at it', seen });
  }

  return hits;
}

async function statuses(
  cloud: Cloud,
  runs: Partial<Record<Case, string>>,
): Promise<Record<string, string | undefined>> {
  const documents = await cloud
    .ledgerOf('gates')
    .read(Object.values(runs).map((run) => target.run(runKey(run))));
  return Object.fromEntries(
    Object.keys(runs).map((each, i) => [each, documents[i] && runOf(documents[i]).status]),
  );
}

async function readTrail({ trail }: Cloud) {
  const entries: Entry[] = [];
  for await (const { bytes } of trail.all()) entries.push(parseJson(bytes) as unknown as Entry);
  return { entries, report: await checkTrail(trail.all(), trail.standing()) };
}
