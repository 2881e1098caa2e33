import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { WORKBENCH_WORKSPACE, type WorkbenchOptions } from '#functions/wiring/workbench.ts';
import {
  type ClaimBody,
  importRecords,
  participantChange,
  type Run,
  target,
  type VendorGateway,
  type VendorKind,
} from '#shared/engine/index.ts';
import { isWritError, type Json, ManualClock, parseJson, SECOND } from '#shared/kernel/index.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import {
  APPROVER,
  type Bench,
  ENGINES,
  entriesOf,
  FakeVendor,
  idempotent,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();

describe.each(ENGINES)('on the %s engine', (engine) => {
  async function started(
    vendors: FakeVendor,
    options: Partial<WorkbenchOptions> = {},
    over: Record<string, unknown> = {},
    own = flow,
  ) {
    const bench = await workbench(own, { engine, vendors, ...options });
    await bench.seedRollout('exceptions');
    const { run } = await bench.start({ idempotencyKey: 'one', input: input(over) });
    return { bench, run };
  }

  describe('an external step', () => {
    it('claims before it calls, and pays once', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank);
      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(bank.effects).toHaveLength(1);

      expect(
        (await entriesOf(bench, run)).map(({ action, step }) => `${action} ${step ?? ''}`.trim()),
      ).toEqual([
        'run.start',
        'step.done check',
        'effect.claim pay',
        'step.done pay',
        'step.done tell',
      ]);
    });

    it('pays once when the message comes twice', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank);
      const { ledger } = bench.ports('test');
      const message = { workspace: WORKBENCH_WORKSPACE, run, subjectRefs: [] };

      for (const step of ['check', 'pay', 'pay', 'pay'])
        await ledger.send([{ ...message, step, queue: `payment.${step}` }]);

      await settle(bench);
      await ledger.send([{ ...message, step: 'pay', queue: 'payment.pay' }]);
      await settle(bench);
      expect(bank.requests).toHaveLength(1);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(await trailProblems(bench)).toEqual([]);
    });

    it('sends the same bytes under the same key when an idempotent vendor drops the connection after acting', async () => {
      const bank = idempotent();

      bank.fault = (nth) => (nth <= 2 ? 'drop' : undefined);

      const { bench, run } = await started(bank);

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect(bank.requests).toHaveLength(3);
      expect(new Set(bank.requests.map(({ key, body }) => key + body)).size).toBe(1);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });

    it('sends the same bytes even when the step computes others the second time', async () => {
      const bank = idempotent();

      bank.fault = (nth) => (nth === 1 ? 'drop' : undefined);

      let call = 0;

      const fickle = paymentFlow({
        pay: async ({ vendor }) => {
          return vendor('bank').post(
            '/payments',
            { call: ++call },
            z.object({ paymentId: z.string() }),
          );
        },
      });

      const { bench } = await started(bank, {}, {}, fickle);

      await settle(bench);
      expect(call).toBe(2);
      expect(bank.requests.map(({ body }) => body)).toEqual(['{"call":1}', '{"call":1}']);
    });

    it('asks a lookup vendor what became of the call, and does not send again what had arrived', async () => {
      const bank = new FakeVendor({ kind: 'lookup', settlesMs: 50 });
      bank.fault = (nth) => (nth === 1 ? 'drop' : undefined);
      const { bench, run } = await started(bank);
      await settle(bench);
      expect([bank.effects.length, bank.requests.length, bank.lookups]).toEqual([1, 1, 1]);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });

    it('sends to a lookup vendor again what had not arrived', async () => {
      const bank = new FakeVendor({ kind: 'lookup', settlesMs: 50 });
      let nth = 0;
      bank.fault = () => (++nth === 1 ? 'unreachable' : undefined);
      const { bench, run } = await started(bank);
      await settle(bench);
      expect([bank.effects.length, bank.lookups]).toEqual([1, 0]);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });

    it('parks the run when a vendor that cannot be asked may have acted', async () => {
      const bank = new FakeVendor({ kind: 'none' });
      bank.fault = () => 'drop';

      const { bench, run } = await started(bank);
      await settle(bench);
      expect(bank.requests).toHaveLength(1);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'parked',
        parked: { step: 'pay', code: 'effect.unknown' },
      });
    });

    it('tries a vendor of any kind again when nothing had left', async () => {
      const bank = new FakeVendor({ kind: 'none' });
      let nth = 0;
      bank.fault = () => (++nth <= 2 ? 'unreachable' : undefined);
      const { bench, run } = await started(bank);
      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
    });

    it('parks after the attempts the step allows when the vendor stays unreachable and the step waits for nobody', async () => {
      const bank = idempotent();

      bank.fault = () => 'unreachable';

      const impatient = paymentFlow({ patienceMs: 0 });
      const { bench, run } = await started(bank, {}, {}, impatient);

      await settle(bench);

      const parked = await runDocument(bench, impatient, run);

      expect(parked).toMatchObject({
        status: 'parked',
        parked: { step: 'pay', code: 'vendor.unreachable' },
        steps: { pay: { attempts: 3 } },
      });

      expect(bank.effects).toHaveLength(0);
    });

    it('parks with the reason when the vendor refuses, and pays nothing', async () => {
      const bank = idempotent();
      bank.fault = () => 'refuse';

      const { bench, run } = await started(bank);
      await settle(bench);
      expect((await runDocument(bench, flow, run)).parked).toMatchObject({
        code: 'vendor.refused',
        reason: 'vendor bank refused the request (http-422)',
      });
    });

    it('lets the step handle a refusal', async () => {
      const bank = idempotent();
      bank.fault = () => 'refuse';

      const calm = paymentFlow({
        pay: async ({ vendor }) => {
          try {
            return await vendor('bank').post('/payments', {}, z.object({ paymentId: z.string() }));
          } catch (error) {
            if (!isWritError(error, 'vendor.refused')) throw error;
            return { paymentId: 'refused' };
          }
        },
      });

      const { bench, run } = await started(bank, {}, {}, calm);
      await settle(bench);
      expect((await runDocument(bench, calm, run)).status).toBe('done');
    });

    it('does not take a swallowed drop for a success', async () => {
      const bank = new FakeVendor({ kind: 'none' });
      bank.fault = () => 'drop';

      const careless = paymentFlow({
        pay: async ({ vendor }) => {
          await vendor('bank')
            .post('/payments', {}, z.object({}))
            .catch(() => {});
          return { paymentId: 'surely' };
        },
      });

      const { bench, run } = await started(bank, {}, {}, careless);
      await settle(bench);
      expect((await runDocument(bench, careless, run)).parked?.code).toBe('effect.unknown');
    });

    it('parks when the vendor acted and its answer is nonsense', async () => {
      const bank = idempotent();
      bank.fault = () => 'garbage';

      const { bench, run } = await started(bank);
      await settle(bench);
      expect((await runDocument(bench, flow, run)).parked).toMatchObject({
        code: 'vendor.answer',
        reason: expect.stringContaining('the answer is not JSON'),
      });

      expect(bank.effects).toHaveLength(1);
    });

    it('refuses a second call of the same step', async () => {
      const bank = idempotent();

      const greedy = paymentFlow({
        pay: async ({ vendor }) => {
          await vendor('bank').post('/payments', { n: 1 }, z.object({}));
          await vendor('bank').post('/payments', { n: 2 }, z.object({}));
          return { paymentId: 'two' };
        },
      });

      const { bench, run } = await started(bank, {}, {}, greedy);
      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect((await runDocument(bench, greedy, run)).parked?.code).toBe('authority.second-call');
    });

    it('gives up an idempotent call that is older than the window in which it may be repeated', async () => {
      const bank = new FakeVendor({ kind: 'idempotent', windowMs: 0 });
      bank.fault = () => 'drop';
      const { bench, run } = await started(bank);
      await settle(bench);
      expect(bank.requests).toHaveLength(1);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('effect.unknown');
    });

    it('gives up an idempotent call whose repetition could leave after that window', async () => {
      for (const [windowMs, requests, status] of [
        [SECOND * 5, 1, 'parked'],
        [SECOND * 15, 2, 'done'],
      ] as const) {
        // the step may take five seconds
        const bank = new FakeVendor({ kind: 'idempotent', windowMs });
        bank.fault = (nth) => (nth === 1 ? 'drop' : undefined);

        const { bench, run } = await started(bank);
        await settle(bench);
        expect([bank.effects.length, bank.requests.length]).toEqual([1, requests]);
        expect((await runDocument(bench, flow, run)).status).toBe(status);
      }
    });

    it('tells the vendor’s function when the step’s time is over', async () => {
      const bank = idempotent();
      const clock = new ManualClock(1_800_000_000_000);
      const told: number[] = [];
      const call = bank.call.bind(bank);
      const watched: VendorGateway['call'] = (vendor, request, options) => {
        told.push(options.notAfter);
        return call(vendor, request, options);
      };

      const { bench } = await started(Object.assign(bank, { call: watched }), { clock });

      await settle(bench);
      expect(told).toEqual([clock.now() + 5 * SECOND]);
    });

    it('seals the request also under what it looked up', async () => {
      const { sealedLookupFlow } = await import('../../support/payment-flow.ts');
      const own = sealedLookupFlow();
      const bank = idempotent();
      const bench = await workbench(own, { engine, vendors: bank });

      await bench.seedRollout('exceptions');

      await importRecords(bench.ports('records'), own, {
        workspace: WORKBENCH_WORKSPACE,
        collection: 'account',
        records: [{ id: 'payee-1', values: { iban: 'NL91ABNA0417164300' } }],
        actor: { kind: 'user', id: 'operator' },
      });

      bank.fault = (nth) => (nth === 1 ? 'drop' : undefined);

      const { run } = await bench.start({
        idempotencyKey: 'one',
        input: { payeeId: 'payee-1', amount: 5 },
      });

      await settle(bench);
      expect((await runDocument(bench, own, run)).status).toBe('done');
      expect(bank.requests.map(({ body }) => body.includes('NL91ABNA'))).toEqual([true, true]);

      const [claim] = await bench
        .ports('test')
        .ledger.read([
          target.claim({ automation: own.name, workspace: WORKBENCH_WORKSPACE, run }, 'pay'),
        ]);

      expect((claim!.body as unknown as ClaimBody).layers).toMatchObject([{ class: 'financial' }]);

      const entries = await entriesOf(bench);

      expect(JSON.stringify([claim, entries])).not.toContain('NL91ABNA');
      expect(
        entries.find(({ step, action }) => step === 'pay' && action === 'step.done')?.classes,
      ).toContain('financial');
    });

    it('seals the request, so that the stored claim and the entries show nothing of it', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank);

      await settle(bench);

      const [claim] = await bench
        .ports('test')
        .ledger.read([
          target.claim({ automation: 'payment', workspace: WORKBENCH_WORKSPACE, run }, 'pay'),
        ]);

      expect((claim!.body as unknown as ClaimBody).layers).toMatchObject([{ class: 'financial' }]);
      expect(JSON.stringify([claim, await entriesOf(bench)])).not.toContain('NL91ABNA');
      expect(bank.effects[0]?.body).toContain('NL91ABNA');
    });
  });

  describe('what cannot be made to pay twice, or other than approved', () => {
    it('does not settle a claim while its call is out: a second delivery waits for the lease', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank);
      let second: Promise<void> | undefined;
      const call = bank.call.bind(bank);

      bank.call = async (...args) => {
        // the message comes again while the bank is at work
        const { ledger } = bench.ports('test');

        await ledger.send([
          {
            queue: 'payment.pay',
            workspace: WORKBENCH_WORKSPACE,
            run,
            step: 'pay',
            subjectRefs: [],
          },
        ]);

        second ??= new Promise((resolve) => setTimeout(resolve, 50));
        await second;

        return call(...args);
      };

      await settle(bench);
      expect(bank.requests).toHaveLength(1);
      expect((await entriesOf(bench, run)).map(({ action }) => action)).not.toContain(
        'effect.resume',
      );
    });

    it.each<['drop' | 'unreachable', VendorKind, 'step.retry' | 'effect.hold']>([
      ['drop', { kind: 'lookup', settlesMs: 50 }, 'step.retry'],
      ['drop', { kind: 'idempotent', windowMs: 60_000 }, 'step.retry'],
      ['unreachable', { kind: 'none' }, 'step.retry'],
      ['unreachable', { kind: 'none' }, 'effect.hold'],
    ])(
      'does not make a claim again that is gone since its attempt failed: %s, %j, gone with %s',
      async (fault, kind, action) => {
        const bank = new FakeVendor(kind);
        let [calls, removed] = [0, 0];

        bank.fault = () => (++calls === 1 ? fault : undefined);

        const claimOf = (id: string) =>
          target.claim({ automation: 'payment', workspace: WORKBENCH_WORKSPACE, run: id }, 'pay');

        const between = (ledger: Ledger): Ledger => ({
          ...ledger,
          identity: ledger.identity,
          read: (targets) => ledger.read(targets),
          query: (query) => ledger.query(query),
          send: (messages) => ledger.send(messages),
          commit: async (commit) => {
            const [entry] = commit.entries;
            if (action === 'effect.hold' && entry.action === 'step.retry')
              await bench.seedRollout('supervised');

            if (entry.action !== action) return ledger.commit(commit);
            const [claim] = await ledger.read([claimOf(entry.run ?? '')]);
            if (claim === undefined) throw new Error('no claim');

            removed++;

            const others = commit.changes?.filter((change) => change.target !== claim.target) ?? [];

            return ledger.commit({
              ...commit,
              changes: [...others, { op: 'remove', target: claim.target, at: claim }],
            });
          },
        });

        const { bench, run } = await started(bank, { between });

        await settle(bench);

        for (const { key, gate, seen } of await bench.openGates())
          await bench.decide(APPROVER, {
            key,
            gate: gate.gate,
            seen,
            outcome: 'approved',
            reason: 'fine',
          });

        await settle(bench);
        expect([removed, calls, bank.effects.length]).toEqual([1, 1, fault === 'drop' ? 1 : 0]);

        const { status, parked } = await runDocument(bench, flow, run);

        expect([status, parked?.code, parked?.reason]).toEqual([
          'parked',
          'run.inconsistent',
          'step pay has made its claim, and there is none',
        ]);
      },
    );

    it('makes no claim again when an older one of its step stands in its place', async () => {
      const bank = new FakeVendor({ kind: 'lookup', settlesMs: 50 });
      const faults = ['refuse', 'drop'] as const;
      let calls = 0;

      bank.fault = () => faults[calls++];

      const stubborn = paymentFlow({
        pay: async ({ vendor }) => {
          return vendor('bank')
            .post('/payments', {}, z.object({ paymentId: z.string() }))
            .catch(() => Promise.reject(new Error('once more')));
        },
      });

      const between = (ledger: Ledger): Ledger => ({
        ...ledger,
        identity: ledger.identity,
        read: (targets) => ledger.read(targets),
        query: (query) => ledger.query(query),
        send: (messages) => ledger.send(messages),
        commit: (commit) => {
          const older = (body: Json) =>
            ({ ...(body as unknown as ClaimBody), intent: 1, state: 'refused' }) as unknown as Json;
          const changes = commit.changes?.map((change) =>
            change.op === 'replace' && change.target.startsWith('claim#') && calls === 2
              ? { ...change, body: older(change.body) }
              : change,
          );

          return ledger.commit({ ...commit, changes });
        },
      });

      const { bench, run } = await started(bank, { between }, {}, stubborn);

      await settle(bench);
      expect([calls, bank.effects.length]).toEqual([2, 1]);

      const { claims, parked } = await runDocument(bench, stubborn, run);

      expect([claims, parked?.code, parked?.reason]).toEqual([
        { pay: 2 },
        'run.inconsistent',
        'step pay has made its claim, and the one that is there is older',
      ]);
    });

    it('makes no claim on a decision that is not what it was when it was read', async () => {
      const bank = idempotent();
      const seen: unknown[] = [];

      const { bench } = await started(
        bank,
        {
          between: (ledger, fn) => ({
            ...ledger,
            commit: (commit) => {
              if (fn === 'payment.pay' && commit.entries[0].action === 'effect.claim')
                seen.push(commit.checks);
              return ledger.commit(commit);
            },
          }),
        },
        { amount: 5_000 },
      );

      await settle(bench);

      const [gate] = await bench.openGates();

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'approve',
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(seen).toMatchObject([
        [{ target: expect.stringMatching(/^decision#/), at: { rev: 1 } }],
      ]);
      expect(bank.effects).toHaveLength(1);
    });

    it('does not take the refusal of a repetition for nothing having happened', async () => {
      const bank = idempotent();
      bank.fault = (nth) => (nth === 1 ? 'drop' : 'refuse');
      const { bench, run } = await started(bank);
      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('effect.unknown');
    });

    it('asks a lookup vendor only when what was on its way has arrived', async () => {
      const bank = new FakeVendor({ kind: 'lookup', settlesMs: 1_000 });
      let arrived: (() => void) | undefined;
      const call = bank.call.bind(bank);

      bank.call = async (...args) => {
        // slow: the step's time is over long before the request arrives
        timers.after(900, () => void call(...args).then(() => arrived?.()));
        return new Promise<never>((resolve) => {
          arrived = () => resolve(undefined as never);
        });
      };

      const hasty = paymentFlow({ timeoutMs: 100 });
      const { bench, run } = await started(bank, {}, {}, hasty);
      const { timers } = bench.ports('test');

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect((await runDocument(bench, hasty, run)).status).toBe('done');
    });

    it('does not pay another amount than was approved, whoever changed it in between', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });

      await settle(bench);

      const [gate] = await bench.openGates();
      const { ledger } = bench.ports('payment.check');
      const own = target.fields(
        { automation: 'payment', workspace: WORKBENCH_WORKSPACE, run },
        'internal',
      );

      const [fields] = await ledger.read([own]);
      const { values } = fields!.body as { values: Record<string, Json> };

      await ledger.commit({
        changes: [
          {
            op: 'replace',
            target: own,
            at: fields!,
            body: { v: 'fields/1', values: { ...values, amount: 9_999_999 } },
          },
        ],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: { kind: 'service', id: 'payment.check' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
      });

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'approve',
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect(
        (await bench.openGates()).map(({ gate: { gate: name, shown } }) => [name, shown.amount]),
      ).toEqual([['supervise-pay', 9_999_999]]);
    });

    const FORM_OF_BEFORE = { shown: undefined };

    it.each<[string, object, 'requester' | 'approver' | undefined, number]>([
      ['an approver', {}, 'approver', 1],
      ['an approver, from before parts were kept', FORM_OF_BEFORE, undefined, 1],
      ['the one who started the run', { by: 'starter' }, 'approver', 0],
      ['a role that the declaration does not name', { role: 'Client' }, 'approver', 0],
      ['somebody else who asked for the run', {}, 'requester', 0],
      [
        'somebody else who asked for the run, in the form from before parts were kept',
        FORM_OF_BEFORE,
        'requester',
        0,
      ],
      ['somebody who takes no part in the run', {}, undefined, 0],
      ['nobody', { by: 7 }, undefined, 0],
      ['somebody whose name is too long for a key', { by: 'x'.repeat(190) }, undefined, 0],
    ])('pays on the word of nobody but an approver: of %s', async (_, forged, as, paid) => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });

      await settle(bench);

      const [gate] = await bench.openGates();
      const key = gate!.key;
      const [opened] = await bench.ports('test').ledger.read([target.gate(key, 'approve')]);

      const words = {
        v: 'decision/1',
        run,
        gate: 'approve',
        outcome: 'approved',
        by: 'x',
        role: 'Compliance Officer',
        reason: 'x',
        at: 1,
      };

      const body = { ...words, seen: opened!.commitment, shown: ['amount', 'payeeId'], ...forged };
      const parts =
        as === undefined ? [] : [participantChange(key, { person: String(body.by), as, at: 1 })];

      await bench.ports('gates').ledger.commit({
        changes: [
          {
            op: 'insert',
            target: target.decision(key, 'approve'),
            body: parseJson(JSON.stringify(body)),
          },
          ...parts,
        ],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: { kind: 'service', id: 'gates' },
            action: 'gate.decide',
            outcome: 'ok',
          },
        ],
        messages: [
          {
            queue: 'payment.intake',
            workspace: WORKBENCH_WORKSPACE,
            run,
            step: 'intake',
            subjectRefs: [],
          },
        ],
      });

      await settle(bench);
      expect(bank.effects).toHaveLength(paid);

      const held = (await entriesOf(bench, run)).filter(({ action }) => action === 'effect.hold');

      expect(held.map(({ why }) => why?.code)).toEqual(paid === 1 ? [] : ['effect.undecided']);
    });

    it('does not pay what a person rejected, whatever the run document says afterwards', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });

      await settle(bench);

      const [gate] = await bench.openGates();

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'approve',
        outcome: 'rejected',
        reason: 'no',
        seen: gate!.seen,
      });

      await settle(bench);

      const { ledger } = bench.ports('payment.check');
      const [runTarget, fieldsTarget] = [
        target.run(gate!.key),
        target.fields(gate!.key, 'internal'),
      ];

      const [document, fields] = await ledger.read([runTarget, fieldsTarget]);
      const { values } = fields!.body as { values: Record<string, Json> };

      const revived = {
        ...(document!.body as object),
        status: 'running',
        gates: { approve: 'passed' },
        steps: { check: { state: 'done' }, pay: { state: 'ready' } },
      };

      await ledger.commit({
        changes: [
          { op: 'replace', target: runTarget, at: document!, body: revived as never },
          {
            op: 'replace',
            target: fieldsTarget,
            at: fields!,
            body: { v: 'fields/1', values: { ...values, amount: 5 } },
          },
        ],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: { kind: 'service', id: 'payment.check' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
        messages: [
          {
            queue: 'payment.pay',
            workspace: WORKBENCH_WORKSPACE,
            run,
            step: 'pay',
            subjectRefs: [],
          },
        ],
      });

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('effect.rejected');
    });
  });

  describe('a crash between claim and result', () => {
    /**
     * Loses the commit of the result of `pay` the first time, as a crash right after the call
     * would.
     */
    const losesResult = () => {
      let lost = false;
      return (ledger: Ledger, fn: string): Ledger => ({
        ...ledger,
        commit: async (commit) => {
          if (fn === 'payment.pay' && commit.entries[0].action === 'step.done' && !lost) {
            lost = true;
            throw new Error('killed');
          }
          return ledger.commit(commit);
        },
      });
    };

    it('is settled when the lease is over, with one payment', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, { between: losesResult() });

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect(bank.requests).toHaveLength(2);

      const entries = await entriesOf(bench, run);

      expect(entries.map(({ action }) => action)).toContain('effect.resume');
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(await trailProblems(bench)).toEqual([]);
    });

    it('is parked when the vendor can neither repeat nor be asked', async () => {
      const bank = new FakeVendor({ kind: 'none' });
      const { bench, run } = await started(bank, { between: losesResult() });
      await settle(bench);
      expect(bank.requests).toHaveLength(1);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('effect.unknown');
    });
  });

  describe('nobody approves themselves', () => {
    /**
     * Rewrites the stored run as a hostile step could: its role may replace run documents of its
     * automation.
     */
    async function forge(bench: Bench, run: string, change: (body: Run) => unknown): Promise<void> {
      const { ledger } = bench.ports('payment.check');
      const own = target.run({ automation: 'payment', workspace: WORKBENCH_WORKSPACE, run });
      const [document] = await ledger.read([own]);
      if (document === undefined) throw new Error('no run');

      await ledger.commit({
        changes: [
          {
            op: 'replace',
            target: own,
            at: document,
            body: change(document.body as unknown as Run) as Json,
          },
        ],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: { kind: 'service', id: 'payment.check' },
            action: 'step.done',
            outcome: 'ok',
          },
        ],
        messages: [
          {
            queue: 'payment.pay',
            workspace: WORKBENCH_WORKSPACE,
            run,
            step: 'pay',
            subjectRefs: [],
          },
        ],
      });
    }

    it('does not pay a run whose document says approved, but for which there is no decision', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('waiting');

      await forge(bench, run, (body) => ({
        ...body,
        status: 'running',
        gates: { approve: 'approved' },
        steps: { ...body.steps, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
        action: 'effect.hold',
        outcome: 'denied',
      });

      expect((await runDocument(bench, flow, run)).status).toBe('waiting');
    });

    it('does not pay a run whose document says the gate was passed, while its rule hits', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });
      await settle(bench);

      await forge(bench, run, (body) => ({
        ...body,
        status: 'running',
        gates: { approve: 'passed' },
        steps: { ...body.steps, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
    });

    it('does not pay a run that was made to skip what comes before the payment', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });

      await forge(bench, run, (body) => ({
        ...body,
        steps: { check: { state: 'ready' }, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await runDocument(bench, flow, run)).parked?.code).toBe('run.inconsistent');
    });

    it('does not pay a run whose document says it took a way without a gate, when its rule says otherwise', async () => {
      const { branchingFlow } = await import('../../support/payment-flow.ts');
      const branching = branchingFlow();
      const bank = idempotent();
      const bench = await workbench(branching, { engine, vendors: bank });

      await bench.seedRollout('exceptions');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });

      await settle(bench);
      expect((await runDocument(bench, branching, run)).status).toBe('waiting');

      await forge(bench, run, (body) => ({
        ...body,
        status: 'running',
        gates: {},
        branches: { large: false },
        steps: { ...body.steps, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
        action: 'effect.hold',
        outcome: 'denied',
      });

      // and without a forgery the way without a gate pays
      const small = await bench.start({ idempotencyKey: 'two', input: input({ amount: 5 }) });

      await settle(bench);
      expect((await runDocument(bench, branching, small.run)).status).toBe('done');
      expect(bank.effects).toHaveLength(1);
    });

    it('does not pay a run that was put on a way its rule would not take', async () => {
      const { smallOnlyFlow } = await import('../../support/payment-flow.ts');
      const own = smallOnlyFlow();
      const bank = idempotent();
      const bench = await workbench(own, { engine, vendors: bank });

      await bench.seedRollout('exceptions');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });

      await settle(bench);
      expect(await runDocument(bench, own, run)).toMatchObject({
        status: 'done',
        branches: { small: false },
      });

      await forge(bench, run, (body) => ({
        ...body,
        status: 'running',
        branches: { small: true },
        steps: { check: { state: 'done' }, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
        action: 'effect.hold',
        outcome: 'denied',
      });
    });

    it('does not pay on the decision of another run', async () => {
      const bank = idempotent();
      const { bench, run } = await started(bank, {}, { amount: 5_000 });
      const other = await bench.start({ idempotencyKey: 'two', input: input({ amount: 6_000 }) });

      await settle(bench);

      const gate = (await bench.openGates()).find(({ key }) => key.run === other.run);
      if (gate === undefined) throw new Error('no gate');

      await bench.decide(APPROVER, {
        key: gate.key,
        gate: 'approve',
        outcome: 'approved',
        reason: 'fine',
        seen: gate.seen,
      });

      await forge(bench, run, (body) => ({
        ...body,
        status: 'running',
        gates: { approve: 'approved' },
        steps: { ...body.steps, pay: { state: 'ready' } },
      }));

      await settle(bench);
      expect(bank.effects.map(({ key }) => key.split('/')[0])).toEqual([other.run]);
    });
  });

  describe('the rollout', () => {
    it('is shadow until somebody says otherwise: external steps are pretended, nothing waits, nothing leaves', async () => {
      const bank = idempotent();
      const bench = await workbench(flow, { engine, vendors: bank });
      const { run } = await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'done',
        steps: { pay: { state: 'done', pretended: true } },
        gates: { approve: 'passed' },
      });

      const rules = (await entriesOf(bench, run)).flatMap(({ why }) => why?.rules ?? []);

      expect(rules).toMatchObject([{ rule: 'over-limit', hit: true }]);
    });

    it('makes every run wait while supervised, and one decision covers the effect behind the gate', async () => {
      const bank = idempotent();
      const bench = await workbench(flow, { engine, vendors: bank });

      await bench.seedRollout('supervised');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);

      const gates = await bench.openGates();

      expect(gates.map(({ gate }) => gate.gate)).toEqual(['approve']);

      await bench.decide(APPROVER, {
        key: gates[0]!.key,
        gate: 'approve',
        outcome: 'approved',
        reason: 'fine',
        seen: gates[0]!.seen,
      });

      await settle(bench);
      expect((await runDocument(bench, flow, run)).status).toBe('done');
      expect(bank.effects).toHaveLength(1);
    });

    it('is decided on by somebody who is shown what it reads, where the flow has no gate that says what to show', async () => {
      const bare = paymentFlow({ gate: false });
      const bank = idempotent();
      const bench = await workbench(bare, { engine, vendors: bank });

      await bench.seedRollout('supervised');
      await bench.start({ idempotencyKey: 'one', input: input({ amount: 5_000 }) });
      await settle(bench);

      const [gate] = await bench.openGates();

      expect([gate?.gate.gate, gate?.gate.shown]).toEqual(['supervise-pay', { amount: 5_000 }]);

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'supervise-pay',
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
    });

    it('opens a gate of its own before an effect that no gate of the flow covers while supervised', async () => {
      const bank = idempotent();
      const bare = paymentFlow({ gate: false });
      const bench = await workbench(bare, { engine, vendors: bank });

      await bench.seedRollout('supervised');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);
      expect(bank.requests).toHaveLength(0);

      const [gate] = await bench.openGates();

      expect(gate?.gate.gate).toBe('supervise-pay');

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'supervise-pay',
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
      expect((await runDocument(bench, bare, run)).status).toBe('done');
    });

    it('ends a run whose supervised effect was rejected, without the effect', async () => {
      const bank = idempotent();
      const bare = paymentFlow({ gate: false });
      const bench = await workbench(bare, { engine, vendors: bank });

      await bench.seedRollout('supervised');

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);

      const [gate] = await bench.openGates();

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: 'supervise-pay',
        outcome: 'rejected',
        reason: 'no',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(bank.requests).toHaveLength(0);
      expect((await runDocument(bench, bare, run)).status).toBe('rejected');
    });

    it('waits for rule hits under exceptions and for none of them when autonomous', async () => {
      for (const [rollout, status, paid] of [
        ['exceptions', 'waiting', 0],
        ['autonomous', 'done', 1],
      ] as const) {
        const bank = idempotent();
        const bench = await workbench(flow, { engine, vendors: bank });

        await bench.seedRollout(rollout);

        const { run } = await bench.start({
          idempotencyKey: 'one',
          input: input({ amount: 5_000 }),
        });

        await settle(bench);
        expect((await runDocument(bench, flow, run)).status).toBe(status);
        expect(bank.effects).toHaveLength(paid);
      }
    });

    it('asks a person when it is lowered between the gate and the effect', async () => {
      const bank = idempotent();
      const clock = new ManualClock(1_800_000_000_000);
      let lowered = false;

      const { bench, run } = await started(bank, {
        clock,
        between: (ledger, fn) => ({
          ...ledger,
          // as late as it gets: after the step was loaded, before its claim
          read: async (targets) => {
            if (
              fn === 'payment.pay' &&
              targets.length === 1 &&
              targets[0]?.startsWith('control#') &&
              !lowered
            ) {
              lowered = true;
              await bench.seedRollout('supervised');
            }

            return ledger.read(targets);
          },
        }),
      });

      await settle(bench);
      expect(lowered).toBe(true);
      expect(bank.requests).toHaveLength(0);
      expect((await runDocument(bench, flow, run)).status).toBe('waiting');

      const [gate] = await bench.openGates();

      await bench.decide(APPROVER, {
        key: gate!.key,
        gate: gate!.gate.gate,
        outcome: 'approved',
        reason: 'fine',
        seen: gate!.seen,
      });

      await settle(bench);
      expect(bank.effects).toHaveLength(1);
    });

    it('tells who decides what the rules of a gate say that was passed before it was lowered', async () => {
      let lowered = false;

      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        between: (ledger, fn) => ({
          ...ledger,
          read: async (targets) => {
            if (
              fn === 'payment.pay' &&
              targets.length === 1 &&
              targets[0]?.startsWith('control#') &&
              !lowered
            ) {
              lowered = true;
              await bench.seedRollout('supervised');
            }

            return ledger.read(targets);
          },
        }),
      });

      await bench.seedRollout('autonomous');

      const { run } = await bench.start({
        idempotencyKey: 'one',
        input: input({ amount: 9_999_999 }),
      });

      await settle(bench);

      const [gate] = await bench.openGates();

      expect([gate?.gate.gate, gate?.gate.hits.map(({ rule }) => rule)]).toEqual([
        'supervise-pay',
        ['over-limit'],
      ]);

      expect((await runDocument(bench, flow, run)).gates).toMatchObject({ approve: 'passed' });
    });
  });
});
