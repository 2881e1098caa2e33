import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { SecretMissingError, SecretUnavailableError } from '#shared/crypto/index.ts';
import { type ClaimBody, target, type VendorKind } from '#shared/engine/index.ts';
import { HOUR, type Metrics, MINUTE } from '#shared/kernel/index.ts';
import {
  type Bench,
  ENGINES,
  type Engine,
  entriesOf,
  FakeVendor,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

/** Pauses that begin with up to a minute: hours pass in few attempts. */
const SLOW = { baseMs: MINUTE };
const flow = paymentFlow(SLOW);
const KINDS: readonly VendorKind[] = [
  { kind: 'idempotent', windowMs: 30 * MINUTE },
  { kind: 'lookup', settlesMs: 50 },
  { kind: 'none' },
];

async function started(vendors: FakeVendor, own = flow, engine: Engine = 'embedded') {
  let waits = 0;
  const metrics: Metrics = {
    add: (name) => void (name === 'StepsWaiting' && waits++),
    flush: () => {},
  };

  const bench = await workbench(own, { engine, vendors, metrics });

  await bench.seedRollout('exceptions');

  const { clock } = bench.ports('test');
  const begun = clock.now();
  const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

  /** How long ago the run was started. */
  return { bench, run, since: () => clock.now() - begun, waits: () => waits };
}

const failuresOf = async (bench: Bench, run: string) =>
  (await entriesOf(bench, run)).filter(
    ({ action }) => action === 'step.retry' || action === 'run.park',
  );

describe.each(ENGINES)('a step that waits for something outside, on the %s engine', (engine) => {
  it.each(engine === 'aws' ? KINDS.slice(0, 1) : KINDS)(
    'pays once when a vendor of kind $kind comes back after hours',
    async (kind) => {
      const bank = new FakeVendor(kind);
      const { bench, run, since, waits } = await started(bank, flow, engine);

      bank.fault = () => (since() < 3 * HOUR ? 'unreachable' : undefined);
      await settle(bench);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'done',
        steps: { pay: { state: 'done' } },
      });

      expect((await runDocument(bench, flow, run)).steps.pay).not.toHaveProperty('waiting');
      expect(bank.effects).toHaveLength(1);

      const failures = await failuresOf(bench, run);

      expect(failures.map(({ attempt }) => attempt)).toEqual(failures.map((_, i) => i + 1));
      expect(waits()).toBe(failures.length);

      const pauses = failures.slice(1).map(({ time }, i) => time - (failures[i]?.time ?? 0));

      expect(Math.max(...pauses)).toBeLessThanOrEqual(HOUR + MINUTE);

      expect(failures.at(-1)?.why).toMatchObject({
        code: 'vendor.unreachable',
        reason: expect.stringMatching(
          /nothing was sent \(econnrefused\); waiting since [-\dT:.]+Z, next attempt at [-\dT:.]+Z$/,
        ),
      });

      expect(await trailProblems(bench)).toEqual([]);
    },
  );

  it('is parked with its reason when it has waited for as long as it may', async () => {
    const bank = new FakeVendor({ kind: 'none' });
    const patient = paymentFlow({ ...SLOW, patienceMs: 4 * HOUR });
    const { bench, run, since } = await started(bank, patient, engine);

    bank.fault = () => 'unreachable';
    await settle(bench);

    const parked = await runDocument(bench, patient, run);

    expect(parked).toMatchObject({
      status: 'parked',
      parked: { step: 'pay', code: 'vendor.unreachable' },
    });

    expect(parked.parked?.reason).toMatch(/it was waited for since [-\dT:.]+Z, in \d+ attempts$/);
    expect(since()).toBeGreaterThanOrEqual(4 * HOUR);
    expect(since()).toBeLessThan(4 * HOUR + MINUTE);
    expect(bank.effects).toHaveLength(0);
  });

  it('makes no attempt before its time when word of it comes again and again', async () => {
    const bank = new FakeVendor({ kind: 'none' });
    const { bench, run, since } = await started(bank, flow, engine);
    const { ledger } = bench.ports('test');
    let attempts = 0;
    const call = bank.call.bind(bank);

    bank.call = async (vendor, request, key) => {
      attempts++;

      const again = {
        queue: 'payment.pay',
        step: 'pay',
        workspace: WORKBENCH_WORKSPACE,
        run,
        subjectRefs: [],
      };

      await ledger.send([again, again]);

      return call(vendor, request, key);
    };

    bank.fault = () => (since() < HOUR / 4 ? 'unreachable' : undefined);
    await settle(bench);
    expect(await runDocument(bench, flow, run)).toMatchObject({
      status: 'done',
      steps: { pay: { attempts } },
    });

    expect(attempts).toBeLessThan(60);
    expect(bank.effects).toHaveLength(1);
  });
});

describe('a step that waits for something outside', () => {
  it.each([
    ['refused', 'http-401'],
    ['refused', 'http-403'],
    ['unsent', 'secret-missing'],
    ['unsent', 'secret-unavailable'],
  ] as const)(
    'sends the same under the same key when credentials (%s, %s) are mended',
    async (outcome, code) => {
      const bank = new FakeVendor({ kind: 'none' });
      let told: unknown;

      const careless = paymentFlow({
        ...SLOW,
        pay: async ({ vendor, fields }) => {
          try {
            return await vendor('bank').post(
              '/payments',
              { amount: Number(fields.amount), at: Math.random().toString() },
              {} as never,
            );
          } catch (error) {
            told = (error as { code?: string }).code;
            return { paymentId: 'made up' };
          }
        },
      });

      const { bench, run, since } = await started(bank, careless);
      const sent = new Set<string>();
      const claimed = async () => {
        const key = { automation: 'payment', workspace: WORKBENCH_WORKSPACE, run };
        const [claim] = await bench.ports('test').ledger.read([target.claim(key, 'pay')]);
        return claim?.body as unknown as ClaimBody;
      };

      const call = bank.call.bind(bank);

      bank.call = (vendor, request, key) => {
        sent.add(`${key} ${request.body}`);
        return call(vendor, request, key);
      };

      bank.fault = () => (since() < 2 * HOUR ? { outcome, code } : 'refuse');
      await settle(bench);
      // of the step's own business is only the vendor's answer
      expect([told, sent.size]).toEqual(['vendor.refused', 1]);
      expect(await claimed()).toMatchObject({ intent: 1, state: 'open' });

      const failures = await failuresOf(bench, run);

      expect(new Set(failures.map(({ why }) => why?.code))).toEqual(
        new Set(['vendor.credentials']),
      );
      expect(failures[0]?.why?.reason).toContain(
        `credentials that it takes (${code}); waiting since`,
      );
    },
  );

  it.each(['http-429', 'http-503'])(
    'waits for a vendor that answers %s where asking again is safe, and nowhere else',
    async (code) => {
      for (const kind of KINDS) {
        const bank = new FakeVendor(
          kind.kind === 'idempotent' ? { ...kind, windowMs: 24 * HOUR } : kind,
        );
        const { bench, run, since } = await started(bank);
        bank.fault = () => (since() < HOUR ? { outcome: 'unknown', code } : undefined);
        await settle(bench);

        const { status, parked } = await runDocument(bench, flow, run);

        expect([kind.kind, status, parked?.code, bank.effects.length]).toEqual(
          kind.kind === 'none'
            ? ['none', 'parked', 'effect.unknown', 0]
            : [kind.kind, 'done', undefined, 1],
        );
      }
    },
  );

  it.each(['path-invalid', 'request-invalid'])(
    'does not wait with a request that can never be sent: %s',
    async (code) => {
      const bank = new FakeVendor({ kind: 'none' });
      bank.fault = () => ({ outcome: 'unsent', code });

      const { bench, run } = await started(bank);
      await settle(bench);
      expect(await runDocument(bench, flow, run)).toMatchObject({
        status: 'parked',
        parked: { code: 'vendor.request' },
        steps: { pay: { attempts: 1 } },
      });
    },
  );

  it('counts failures of its own apart, and the window of a key from when it was first used', async () => {
    const bank = new FakeVendor({ kind: 'idempotent', windowMs: 30 * MINUTE });
    const { bench, run, since } = await started(bank);
    let drops = 0;
    bank.fault = () => (since() < 2 * HOUR ? 'unreachable' : ++drops <= 2 ? 'drop' : undefined);
    await settle(bench);
    expect(await runDocument(bench, flow, run)).toMatchObject({ status: 'done' });
    expect([bank.effects.length, bank.requests.length]).toEqual([1, 3]);
  });

  it.each([
    ['missing', () => new SecretMissingError('signing')],
    ['unavailable', () => new SecretUnavailableError('signing', 'throttled')],
  ])('waits for a secret of its own that is %s', async (_, error) => {
    const signing = paymentFlow({
      ...SLOW,
      check: async ({ secret }) => ({ checked: (await secret('signing')).length > 0 }),
    });

    const { bench, run, since } = await started(new FakeVendor({ kind: 'none' }), signing);

    bench.vault.get = async () => {
      if (since() < 2 * HOUR) throw error();
      return 's3cret';
    };

    await settle(bench);
    expect(await runDocument(bench, signing, run)).toMatchObject({ status: 'done' });
    expect((await failuresOf(bench, run))[0]).toMatchObject({
      step: 'check',
      action: 'step.retry',
      why: { code: error().code },
    });
  });
});
