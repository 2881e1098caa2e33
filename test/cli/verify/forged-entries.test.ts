import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { verify } from '#cli/verify/verify.ts';
import { ACTIONS, type Action, commitmentOf, type Entry } from '#shared/audit/index.ts';
import { type GateBody, participantChange } from '#shared/engine/index.ts';
import { canonicalBytes, type Json, parseJson } from '#shared/kernel/index.ts';
import {
  APPROVER,
  entriesOf,
  idempotent,
  settle,
  temporaryFolder,
  workbench,
} from '../../support/bench.ts';
import { forgeEntry } from '../../support/forge-entry.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { within } from '../within.ts';

/** A ledger with a run that was approved and paid, and one that waits at its gate. */
let whole: Buffer;
let entries: readonly Entry[];
let waiting = '';
beforeAll(async () => {
  const folder = temporaryFolder();
  const bench = await workbench(paymentFlow(), { folder, vendors: idempotent() });

  await bench.seedRollout('exceptions');
  await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });
  await settle(bench);

  for (const { key, gate, seen } of await bench.openGates())
    await bench.decide(APPROVER, {
      key,
      gate: gate.gate,
      seen,
      outcome: 'approved',
      reason: 'as agreed',
    });

  await settle(bench);

  waiting = (
    await bench.start({
      idempotencyKey: 'two',
      input: input({ payeeId: 'payee-2', amount: 6_000 }),
    })
  ).run;

  await settle(bench);

  const key = { automation: 'payment', workspace: 'bench', run: waiting };

  await bench.ports('runs').ledger.commit({
    changes: [participantChange(key, { person: 'asker', as: 'requester', at: 1 })],
    entries: [
      {
        workspace: 'bench',
        run: waiting,
        actor: { kind: 'user', id: 'asker' },
        action: 'run.request',
        outcome: 'ok',
      },
    ],
  });

  entries = await entriesOf(bench);
  bench.store.close();
  whole = readFileSync(join(folder, 'ledger.db'));
});

let folder = '';
beforeEach(() => {
  folder = temporaryFolder();
  writeFileSync(join(folder, 'ledger.db'), whole);
});

async function problems(): Promise<readonly string[]> {
  const { code, stdout } = await within([verify], 'verify', '--data', folder, '--json');
  const told = (JSON.parse(stdout) as { problems: string[] }).problems;
  expect(code).toBe(told.length === 0 ? 0 : 1);
  return told;
}

const first = (action: Action): Entry => {
  const found = entries.find((entry) => entry.action === action);
  if (found === undefined) throw new Error(`there is no entry ${action}`);
  return found;
};

/** Appends an entry under a writer that is new, or behind the last of one that is there. */
async function append(like: Partial<Entry>, fn: string, behind?: string): Promise<void> {
  const writer = behind ?? `${fn}#forged`;
  const n =
    Math.max(0, ...entries.filter((entry) => entry.writer === writer).map((entry) => entry.n)) + 1;
  const entry = { ...like, writer, n, time: first('gate.decide').time + 1 };
  const bytes = canonicalBytes(parseJson(JSON.stringify(entry)) as Json);
  forgeEntry(folder, { writer, n, bytes }, entry.run ?? null, entry.time);
}

/** An entry as it stands, without what it changed, about the run that waits. */
const emptied = (action: Action, over: Partial<Entry> = {}): Partial<Entry> => {
  const { changes: _, seals: _seals, ...said } = first(action);
  return { ...said, run: waiting, ...over };
};

describe('an entry that was added', () => {
  it('is found when it says that somebody approved, by a writer that is new or by the gates that are', async () => {
    const { writer } = first('gate.decide');
    for (const behind of [undefined, writer]) {
      await append(emptied('gate.decide'), 'gates', behind);
      expect(await problems()).toEqual([
        expect.stringContaining('it made 0 decisions instead of one'),
      ]);
      writeFileSync(join(folder, 'ledger.db'), whole);
    }
  });

  it('is found when it says that a decision was made that was made before, or is not there', async () => {
    const decided = first('gate.decide');

    await append(decided, 'gates');
    expect((await problems()).join()).toMatch(/does not follow/); // revision 1 twice
    writeFileSync(join(folder, 'ledger.db'), whole);

    const target = `decision#payment#bench#${waiting}.approve`;
    const made = decided.changes?.filter((change) => change.target.startsWith('decision#')) ?? [];

    await append(
      { ...decided, run: waiting, changes: made.map((change) => ({ ...change, target })) },
      'gates',
    );

    expect((await problems()).join()).toMatch(/which is not there/);
  });

  it.each(['gate.pass', 'effect.claim', 'step.done'] as const)(
    'is found when it acts on a decision that nobody made: %s',
    async (action) => {
      const like = entries.find(
        (entry) => entry.action === action && entry.run === first('gate.decide').run,
      ) as Entry;
      const why = { ...like.why, decisions: [`decision#payment#bench#${waiting}.approve`] };
      await append({ ...like, run: waiting, why, changes: [] }, like.writer.split('#')[0] ?? '');
      expect(await problems()).toEqual([expect.stringContaining('which is not there')]);
    },
  );

  /** Actions of which an entry changes something, by the ledger that is tried here. */
  const CHANGING: readonly Action[] = [
    'run.start',
    'step.done',
    'effect.claim',
    'gate.pass',
    'rollout.seed',
    'workspace.create',
  ];

  it.each(CHANGING)('is found when nothing changed with it: %s', async (action) => {
    const { writer } = first(action);
    await append(emptied(action, { why: undefined }), writer.split('#')[0] ?? '');
    expect(await problems()).toEqual([
      expect.stringMatching(/is not reliable: it changed no (?:run|control|workspace)$/),
    ]);
  });

  it('is found when its function does not do such things, for every action', async () => {
    const others: Action[] = (Object.keys(ACTIONS) as Action[]).filter(
      (action) => action !== 'subject.shred',
    );

    for (const action of others)
      await append(
        emptied('step.done', { action, outcome: 'denied' }),
        `payment.nobody${others.indexOf(action)}`,
      );

    const found = await problems();

    expect(found.filter((problem) => problem.endsWith('does not do this'))).toHaveLength(
      others.length,
    );
  });

  it('is found when it changes what its action does not', async () => {
    const { changes = [] } = first('rollout.seed');

    await append({ ...emptied('gate.decide'), action: 'gate.read', why: {}, changes }, 'gates');
    expect((await problems()).join()).toMatch(/an entry of this action changes no control/);
    writeFileSync(join(folder, 'ledger.db'), whole);

    const parts =
      first('gate.decide').changes?.filter((change) => change.target.startsWith('participant#')) ??
      [];

    await append(
      { ...emptied('run.start'), changes: [...(first('run.start').changes ?? []), ...parts] },
      'payment.intake',
    );

    expect((await problems()).join()).toMatch(/an entry of this action changes no participant/);
  });

  it('is found when it tells of the documents of another run', async () => {
    await append(
      { ...first('step.done'), run: waiting },
      first('step.done').writer.split('#')[0] ?? '',
    );
    expect((await problems()).join()).toMatch(/it changed documents of another run/);
  });

  it('is found when it is about a run that is not there', async () => {
    await append(emptied('gate.decide', { action: 'gate.read', why: {}, run: 'nowhere' }), 'gates');
    expect(await problems()).toEqual([
      expect.stringContaining('is not reliable: its run does not exist'),
    ]);
  });

  it('is not found when it changes nothing and its function writes such ones: a look, a refusal, a sign-in', async () => {
    await append(emptied('gate.decide', { action: 'gate.read', why: {} }), 'gates');
    await append(
      emptied('gate.decide', { outcome: 'denied', why: { code: 'gate.role' } }),
      'gates',
      'gates#another',
    );

    await append(
      {
        ...emptied('gate.decide', { action: 'session.start', why: {}, targets: [] }),
        run: undefined,
      },
      'sign-in',
    );

    expect(await problems()).toEqual([]); // docs/limits.md says so
  });
});

describe('a decision that was added together with its entry', () => {
  /** Adds both, as the function of gates writes them, for the run that waits. */
  function decide(
    by: string,
    over: { readonly role?: string; readonly shown?: undefined } = {},
  ): void {
    const db = new DatabaseSync(join(folder, 'ledger.db'));
    const gate = db
      .prepare(`SELECT * FROM document WHERE target = 'gate#payment#bench#${waiting}.approve'`)
      .get();
    if (gate === undefined) throw new Error('no gate');

    const opened = JSON.parse(Buffer.from(gate.body as Uint8Array).toString()) as GateBody;
    const target = `decision#payment#bench#${waiting}.approve`;
    const [at, role, seen] = [opened.openedAt + 1, opened.decidedBy, String(gate.commitment)];
    const reads = 'shown' in over ? undefined : Object.keys(opened.shown).sort();

    const words = {
      run: waiting,
      gate: 'approve',
      outcome: 'approved',
      by,
      role,
      reason: 'fine',
      at,
      seen,
      shown: reads,
      ...over,
    };

    const body = canonicalBytes(parseJson(JSON.stringify({ v: 'decision/1', ...words })) as Json);
    const afterC = commitmentOf(target, 1, body);

    db.prepare(
      'INSERT INTO document (target, name, rev, commitment, body, automation) VALUES (?, ?, 1, ?, ?, ?)',
    ).run(target, target, afterC, body, 'payment');
    db.close();

    const diff = [
      { field: 'outcome', after: 'approved' },
      { field: 'role', after: words.role },
      { field: 'seen', after: seen },
    ];

    const changes = [{ target, rev: 1, beforeC: null, afterC, diff }];
    const targets = [{ kind: 'gate', id: `payment.${waiting}.approve`, rev: Number(gate.rev) }];
    const { reads: _, ...like } = first('gate.decide');
    const [writer, actor, why] = [
      'gates#forged',
      { kind: 'user', id: by },
      { code: 'gate.approved', reason: 'fine' },
    ];

    const entry = {
      ...like,
      writer,
      n: 1,
      time: at,
      run: waiting,
      actor,
      why,
      targets,
      changes,
      reads,
    };

    forgeEntry(
      folder,
      { writer, n: 1, bytes: canonicalBytes(parseJson(JSON.stringify(entry)) as Json) },
      waiting,
      at,
    );
  }

  it.each<[string, string, object, string]>([
    ['who asked for the run through the API', 'asker', {}, 'part in the run'],
    [
      'who asked for it, in the form from before this was kept',
      'asker',
      { shown: undefined },
      'part in the run',
    ],
    ['whom the gate names as its requester', 'starter', { shown: undefined }, 'part in the run'],
    ['who takes no part in it', 'nobody', {}, 'part in the run'],
    [
      'in a role that does not decide there',
      'nobody',
      { role: 'Client', shown: undefined },
      'role that decides at the gate',
    ],
  ])('is found in the name of somebody %s', async (_, by, over, told) => {
    decide(by, over);
    expect(await problems()).toEqual([expect.stringContaining(`which it made: ${told}`)]);
  });

  it('is not found in the form from before parts were kept, in the name of somebody who takes none', async () => {
    decide('nobody', { shown: undefined });
    expect(await problems()).toEqual([]); // docs/limits.md says so
  });
});
