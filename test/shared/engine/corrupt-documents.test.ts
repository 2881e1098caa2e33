import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { target } from '#shared/engine/index.ts';
import { DocumentCorruptError, type Ledger } from '#shared/ledger/index.ts';
import {
  APPROVER,
  type Bench,
  ENGINES,
  entriesOf,
  idempotent,
  runDocument,
  settle,
  temporaryFolder,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();

async function approveAll(bench: Bench): Promise<void> {
  for (const { key, gate, seen } of await bench.openGates())
    await bench.decide(APPROVER, {
      key,
      gate: gate.gate,
      seen,
      outcome: 'approved',
      reason: 'as agreed',
    });
}

describe.each(ENGINES)(
  'a run on the %s engine, one of whose documents is not as it was committed',
  (engine) => {
    /**
     * Two runs that wait at a gate; then a document that a key begins like this one's is corrupt,
     * and both are approved.
     */
    async function tryOut(corrupt: (run: string) => string) {
      let bad: string | undefined;

      const between = (ledger: Ledger): Ledger => ({
        ...ledger,
        identity: ledger.identity,
        commit: (commit) => ledger.commit(commit),
        query: (query) => ledger.query(query),
        send: (messages) => ledger.send(messages),
        read: async (targets) => {
          const found = targets.find((one) => bad !== undefined && one.startsWith(bad));
          if (found !== undefined && (await ledger.read([found]))[0] !== undefined)
            throw new DocumentCorruptError(found);
          return ledger.read(targets);
        },
      });

      const bank = idempotent();
      const bench = await workbench(flow, { engine, vendors: bank, between });

      await bench.seedRollout('exceptions');

      const start = (payeeId: string) =>
        bench.start({ idempotencyKey: payeeId, input: input({ payeeId, amount: 5_000 }) });
      const [one, other] = [await start('payee-1'), await start('payee-2')];

      await settle(bench);
      await approveAll(bench);
      bad = corrupt(one.run);
      await settle(bench);
      bad = undefined;

      return {
        bank,
        bench,
        one: await runDocument(bench, flow, one.run),
        other: await runDocument(bench, flow, other.run),
      };
    }

    const key = (run: string) => ({ automation: flow.name, workspace: WORKBENCH_WORKSPACE, run });

    it.each<[string, (run: string) => string]>([
      ['its internal fields', (run) => target.fields(key(run), 'internal')],
      ['its sealed fields', (run) => target.fields(key(run), 'financial')],
      ['its gate', (run) => target.gate(key(run), 'approve')],
      ['its decision', (run) => target.decision(key(run), 'approve')],
      ['the part of its approver', (run) => target.participant(key(run), 'approver')],
      ['its timer', (run) => target.timer(key(run), 'approve')],
    ])('is parked and says so, and the others go on: %s', async (_, corrupt) => {
      const { bank, bench, one, other } = await tryOut(corrupt);

      expect(one).toMatchObject({ status: 'parked', parked: { code: 'ledger.corrupt' } });
      expect(one.parked?.reason).toContain(corrupt(one.id));
      expect(other.status).toBe('done');
      expect(bank.effects).toHaveLength(1);
      expect((await entriesOf(bench, one.id)).at(-1)).toMatchObject({
        action: 'run.park',
        outcome: 'failed',
        why: { code: 'ledger.corrupt', reason: one.parked?.reason },
      });

      expect(await trailProblems(bench)).toEqual([]);
    });

    it.each<[string, string]>([
      ['control', `control#${flow.name}#${WORKBENCH_WORKSPACE}#rollout`],
      ['a key of the workspace', `key#financial#${WORKBENCH_WORKSPACE}`],
    ])('is parked, as are all that need it: %s', async (_, corrupt) => {
      const { bank, one, other } = await tryOut(() => corrupt);
      for (const run of [one, other])
        expect(run).toMatchObject({ status: 'parked', parked: { code: 'ledger.corrupt' } });
      expect(bank.effects).toEqual([]);
    });
  },
);

it('a claim that was taken out of the ledger is not made again: its payment may have left', async () => {
  const [folder, bank] = [temporaryFolder(), idempotent()];
  const bench = await workbench(flow, { folder, vendors: bank });

  await bench.seedRollout('exceptions');

  const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

  bank.fault = () => {
    const db = new DatabaseSync(join(folder, 'ledger.db'));
    expect(db.prepare("DELETE FROM document WHERE target LIKE 'claim#%'").run().changes).toBe(1);
    db.close();
    bank.fault = () => undefined;
    throw new Error('the process ends here');
  };

  await settle(bench);
  expect(bank.requests).toEqual([]);
  expect(await runDocument(bench, flow, run)).toMatchObject({
    status: 'parked',
    parked: { code: 'run.inconsistent' },
  });
});

describe('a ledger in which somebody changed a document by SQL', () => {
  /**
   * A payment that waits at its gate, or goes through without one; before it goes on, `change` is
   * done to the file that is open.
   */
  async function afterwards(amount: number, change: string) {
    const [folder, bank] = [temporaryFolder(), idempotent()];
    const bench = await workbench(flow, { folder, vendors: bank });

    await bench.seedRollout('supervised');

    const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount }) });
    const db = new DatabaseSync(join(folder, 'ledger.db'));

    expect(db.prepare(change).run().changes).toBe(1);
    db.close();
    await settle(bench);

    return { bank, bench, run: await runDocument(bench, flow, run) };
  }

  const set = (from: string, to: string, where: string) =>
    `UPDATE document SET body = CAST(replace(CAST(body AS TEXT), '${from}', '${to}') AS BLOB) WHERE target LIKE '${where}'`;

  it.each([
    ['one digit of an amount', set('"amount":100', '"amount":900', 'fields#%#internal#%')],
    ['the rollout', set('"supervised"', '"autonomous"', 'control#%')],
  ])('pays nothing, parks the run, and is found by the trail: %s', async (_, change) => {
    const { bank, bench, run } = await afterwards(100, change);
    expect(run).toMatchObject({ status: 'parked', parked: { code: 'ledger.corrupt' } });
    expect(bank.effects).toEqual([]);
    expect(await trailProblems(bench)).toMatchObject([{ code: 'state-untold' }]);
  });
});
