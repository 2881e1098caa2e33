import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QueueFunction } from '#functions/wiring/embedded.ts';
import { openWorkbench, WORKBENCH_WORKSPACE, type Workbench } from '#functions/wiring/workbench.ts';
import { openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { createWorkspace, importRecords, runOf, target } from '#shared/engine/index.ts';
import { enrol, PEOPLE, seedRole } from '#shared/identity/index.ts';
import {
  canonicalJson,
  DAY,
  isWritError,
  type Json,
  MINUTE,
  type Random,
  SECOND,
  seededRandom,
} from '#shared/kernel/index.ts';
import type { Message } from '#shared/ledger/index.ts';
import { ManualTimers } from '../contracts/manual-timers.ts';
import { APPROVER, FakeVendor } from './bench.ts';
import { input, paymentFlow } from './payment-flow.ts';

/** A payment whose check looks up a limit, and refuses a number that another run has registered. */
const flow = paymentFlow({
  async check({ fields, record, run }) {
    const limit = (await record('limit').find('all')) as { max: number } | undefined;
    if (limit === undefined || Number(fields.amount) > limit.max) throw new Error('over the limit');
    if ((await record('seen').claim(String(fields.note))) !== run) throw new Error('paid before');
    return { checked: typeof fields.iban === 'string' };
  },
});

/**
 * What became of a ledger: its runs in words by their ids, what the bank did, and what refused to
 * go on.
 */
export interface Outcome {
  readonly runs: Readonly<Record<string, string>>;
  readonly payments: readonly string[];
  readonly refusals: readonly string[];
}

/** A ledger at rest, in every state that a run can be in. */
export interface FlipLedger {
  /** The bytes of its file. */
  readonly whole: Buffer;
  /** Puts what belongs to the ledger beside a copy of its file. */
  furnish(folder: string): void;
  /**
   * Opens the ledger of a folder and brings everything in it to its end. @throws what opening
   * throws.
   */
  goOn(folder: string): Promise<Outcome>;
}

const START = Date.UTC(2027, 0, 1);
const KIND = { kind: 'idempotent', windowMs: 10 * DAY } as const;

interface Place {
  readonly folder: string;
  readonly time: ManualTimers;
  readonly bank: FakeVendor;
  readonly random: Random;
  readonly refusals: Set<string>;
}

async function open({ folder, time, bank, random, refusals }: Place): Promise<Workbench> {
  const log = { line: (_: string, __: string, facts?: object) => void refuse(refusals, facts) };

  const bench = await openWorkbench(flow, {
    folder,
    vendors: bank,
    clock: time,
    timers: time,
    random,
    log,
  });

  bench.store.onStop(({ code }) => refusals.add(code));

  return bench;
}

function refuse(refusals: Set<string>, facts: object = {}): void {
  const { code } = facts as { code?: string };
  if (code?.startsWith('ledger.') === true) refusals.add(code);
}

/**
 * Makes the ledger, in a folder. Its runs: one that is paid, one that was approved and paid, one
 * that was rejected, one that waits for a person, one whose decision nobody has acted on, one whose
 * payment has left and was not answered, one that was just started, and one of a number that was
 * paid before.
 */
export async function flipLedger(folder: string): Promise<FlipLedger> {
  const time = new ManualTimers(START);
  const bank = new FakeVendor(KIND);

  const bench = await open({
    folder,
    time,
    bank,
    random: seededRandom('flip ledger'),
    refusals: new Set(),
  });

  await bench.seedRollout('exceptions');

  const operator = { kind: 'service', id: 'records' } as const;

  await importRecords(bench.ports('records'), flow, {
    workspace: WORKBENCH_WORKSPACE,
    collection: 'limit',
    records: [{ id: 'all', values: { max: 9_000 } }],
    actor: operator,
  });

  await addPeople(bench, folder);

  const start = async (number: string, amount: number) => {
    const given = input({ payeeId: `payee-${number}`, amount, note: number });
    await bench.start({ idempotencyKey: `${number} ${amount}`, input: given });
  };

  for (const [number, amount] of [
    ['1', 100],
    ['2', 5_000],
    ['3', 6_000],
  ] as const)
    await start(number, amount); // prettier-ignore

  await settle(bench, time);
  await decide(bench, ({ amount }) => (amount === 5_000 ? 'approved' : 'rejected'));
  await settle(bench, time);
  await start('4', 7_000);
  await start('5', 8_000);
  await settle(bench, time);
  await decide(bench, ({ amount }) => (amount === 8_000 ? 'approved' : undefined));
  bank.fault = (nth) => (nth === bank.requests.length + 1 ? 'drop' : undefined);
  await start('6', 200);
  await step(bench, ['payment.check', 'payment.pay']);
  await start('7', 300);
  await start('1', 400);
  bench.store.close();

  const [whole, keys] = [
    readFileSync(join(folder, 'ledger.db')),
    readFileSync(join(folder, 'root.key')),
  ];

  const [now, effects] = [time.now(), [...bank.effects]];

  return {
    whole,
    furnish: (other) => writeFileSync(join(other, 'root.key'), keys, { mode: 0o600 }),
    async goOn(other) {
      const later = new FakeVendor(KIND);
      later.effects.push(...effects);

      const place = {
        folder: other,
        time: new ManualTimers(now),
        bank: later,
        random: seededRandom('going on'),
        refusals: new Set<string>(),
      };

      return goOn(await open(place), place);
    },
  };
}

async function addPeople(bench: Workbench, folder: string): Promise<void> {
  const actor = { kind: 'service', id: 'setup' } as const;
  const ports = bench.ports('people');

  await createWorkspace(ports, {
    keyService: openKeyFile(join(folder, 'root.key'), seededRandom('people')),
    workspace: PEOPLE,
    actor,
    reserved: true,
  });

  const login = { issuer: 'https://login.example.com', subject: 'alice' };

  await enrol(
    ports,
    { id: 'alice', login, roles: ['Client'], workspaces: ['bench'] },
    { actor, action: 'person.seed' },
  );

  await seedRole(
    ports,
    { v: 'role/1', name: 'paralegal', says: 'reads runs', grants: [{ permissions: ['run.read'] }] },
    actor,
  );
}

async function goOn(bench: Workbench, { time, bank, refusals }: Place): Promise<Outcome> {
  const guarded = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (!isWritError(error)) throw error;
      refusals.add(error.code);
    }
  };

  try {
    await guarded(() => settle(bench, time));
    await guarded(() => decide(bench, ({ amount }) => (amount === 7_000 ? 'approved' : undefined)));

    for (let round = 0; round < 3; round++) {
      await guarded(() => settle(bench, time));
      time.advance(MINUTE);
      await guarded(() => bench.sweep());
      await guarded(() => bench.fireTimers());
    }

    await guarded(() => settle(bench, time));

    const runs: Record<string, string> = {};

    await guarded(async () => Object.assign(runs, await runsOf(bench, refusals)));

    return {
      runs,
      payments: bank.effects.map(({ key, body }) => `${key} ${body}`).sort(),
      refusals: [...refusals].sort(),
    };
  } finally {
    bench.store.close();
  }
}

/** Every run that is found, with the clear fields it holds. */
async function runsOf(bench: Workbench, refusals: Set<string>): Promise<Record<string, string>> {
  const { ledger } = bench.ports('test');
  const found: Record<string, string> = {};

  for await (const { target: key } of bench.store.standing()) {
    if (!key.startsWith('run#')) continue;

    try {
      const [document] = await ledger.read([key]);
      if (document === undefined) continue;

      const { id, automation, workspace, status, parked, steps, gates } = runOf(document);
      const [fields] = await ledger.read([
        target.fields({ automation, workspace, run: id }, 'internal'),
      ]);
      const states = Object.fromEntries(
        Object.entries(steps).map(([name, { state }]) => [name, state]),
      );

      found[id] = canonicalJson({
        status,
        parked: parked?.code,
        states,
        gates,
        fields: fields?.body,
      } as unknown as Json);
    } catch (error) {
      if (!isWritError(error)) throw error;
      refusals.add(error.code);
      found[key] = error.code;
    }
  }

  return found;
}

type Shown = { readonly amount?: number };

async function decide(
  bench: Workbench,
  as: (shown: Shown) => 'approved' | 'rejected' | undefined,
): Promise<void> {
  for (const { key, gate, seen } of await bench.openGates()) {
    const outcome = as(gate.shown as Shown);
    if (outcome !== undefined)
      await bench.decide(APPROVER, { key, gate: gate.gate, seen, outcome, reason: 'as agreed' });
  }
}

/** Seconds in which a ledger comes to rest; what waits longer is given up. */
const PATIENCE = 60;
const [MAX_RECEIVES, VISIBILITY_MS] = [5, 30 * SECOND];

/** Hands out what is in the queues until nothing is, or nothing of it can be dealt with. */
async function settle(bench: Workbench, time: ManualTimers): Promise<void> {
  const all = bench.functions.map(({ queue }) => queue);
  for (let second = 0; second < PATIENCE && bench.store.queues.outstanding > 0; second++) {
    while (await step(bench, all)) {
      // more may have become ready
    }
    time.advance(SECOND);
  }
}

/** Hands out what is ready in some queues, once. @returns whether anything was. */
async function step(bench: Workbench, queues: readonly string[]): Promise<boolean> {
  let any = false;
  for (const fn of bench.functions.filter(({ queue }) => queues.includes(queue))) {
    for (const delivery of bench.store.queues.receive(fn.queue, 10, VISIBILITY_MS)) {
      any = true;
      await handOut(bench, fn, delivery);
    }
  }

  return any;
}

type Given = ReturnType<Workbench['store']['queues']['receive']>[number];

async function handOut(
  bench: Workbench,
  { queue, handler, deadQueue }: QueueFunction,
  { receipt, receives, message }: Given,
): Promise<void> {
  const { queues } = bench.store;
  if (receives > MAX_RECEIVES)
    return deadQueue === undefined
      ? queues.delete(queue, receipt)
      : queues.move(queue, receipt, deadQueue);

  const { batchItemFailures } = await handler({ Records: [recordOf(message, receives)] } as never);
  if (batchItemFailures.length === 0) queues.delete(queue, receipt);
  else queues.release(queue, receipt, SECOND);
}

function recordOf({ workspace, run, step: name, subjectRefs }: Message, receives: number) {
  const body = JSON.stringify({ workspace, run, step: name, subjectRefs });
  return { messageId: '1', body, attributes: { ApproximateReceiveCount: String(receives) } };
}
