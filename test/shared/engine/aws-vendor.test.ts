import { afterEach, describe, expect, it } from 'vitest';
import { Bank } from '#cli/demo/bank.ts';
import { vendorFunction } from '#functions/framework/lambda/vendor-function.ts';
import { requestHash, responseHash, type VendorRequest } from '#shared/engine/index.ts';
import { DAY, SECOND } from '#shared/kernel/index.ts';
import { LambdaGateway, lambdaClient } from '#shared/vendors/adapters/lambda-gateway.ts';
import { vendor } from '#shared/vendors/index.ts';
import {
  FakeLambda,
  type Invocation,
  type InvocationEnd,
  running,
} from '../../support/aws/fakes/lambda.ts';
import { openWorld, type World } from '../../support/aws/world.ts';
import { entriesOf, runDocument, trailProblems } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();
const lambdas: FakeLambda[] = [];
afterEach(() => {
  for (const lambda of lambdas.splice(0)) lambda.close();
});

/**
 * A bank that knows repetitions by their key, behind a vendor function which `ends` decides about.
 */
async function bankBehind(
  ends: (nth: number) => { readonly acts: boolean; readonly end: InvocationEnd } | undefined,
) {
  const paid = new Map<string, number>();
  const sent: string[] = [];

  const answer = async ({ payload }: Invocation): Promise<InvocationEnd> => {
    const { key, request } = JSON.parse(payload.toString()) as {
      readonly key: string;
      readonly request: VendorRequest;
    };

    sent.push(payload.toString());

    const trouble = ends(sent.length);

    if (trouble?.acts !== false && !paid.has(key)) paid.set(key, sent.length);

    if (trouble !== undefined) return trouble.end;

    const body = JSON.stringify({ paymentId: `p-${paid.get(key)}` });

    const use = {
      vendor: 'bank',
      host: 'bank.example',
      status: 201,
      request: requestHash(request),
      response: responseHash(request, body),
    };

    return { payload: JSON.stringify({ outcome: 'answered', use, body }) };
  };

  const lambda = await new FakeLambda(answer).open();

  lambdas.push(lambda);

  const gateway = new LambdaGateway({
    client: lambdaClient(lambda.clientConfig),
    vendors: new Map([
      ['bank', { kind: { kind: 'idempotent', windowMs: DAY }, function: 'writ-test_vendor_bank' }],
    ]),
  });

  return { gateway, paid, sent };
}

const ENDS: [string, boolean, InvocationEnd][] = [
  [
    'dies before it calls',
    false,
    { payload: '{"errorType":"Runtime.ExitError"}', functionError: 'Unhandled' },
  ],
  [
    'dies after it called',
    true,
    { payload: '{"errorType":"Runtime.ExitError"}', functionError: 'Unhandled' },
  ],
  ['is cut off from its caller after it called', true, 'cut'],
  ['is cut off from its caller in the middle of its answer', true, 'cut-answer'],
  ['is lost by the service after it called', true, { error: 'ServiceException', status: 500 }],
  ['is throttled and not run', false, { error: 'TooManyRequestsException', status: 429 }],
];

describe('on AWS, a vendor function that', () => {
  for (const [what, acts, end] of ENDS) {
    it(`${what} is called again with the same bytes under the same key, and there is one payment`, async () => {
      const { gateway, paid, sent } = await bankBehind((nth) =>
        nth <= 2 ? { acts, end } : undefined,
      );
      const world = await openWorld(flow, gateway);
      const { run } = await world.bench.start({ idempotencyKey: 'one', input: input() });

      expect(await world.carry(run)).toBe(0);
      expect((await runDocument(world.bench, flow, run)).status).toBe('done');
      expect([...paid.keys()]).toEqual([`${run}/pay/do/1`]);
      expect(sent).toHaveLength(3);
      expect(new Set(sent).size).toBe(1);

      const actions = (await entriesOf(world.bench, run))
        .filter(({ step }) => step === 'pay')
        .map(({ action }) => action);

      expect(actions).toEqual([
        'effect.claim',
        'step.retry',
        'effect.resume',
        'step.retry',
        'effect.resume',
        'step.done',
      ]);

      expect(await trailProblems(world.bench)).toEqual([]);
    });
  }

  it('never comes back has its run parked after the attempts the step allows, and at most one payment', async () => {
    const { gateway, paid } = await bankBehind(() => ({ acts: true, end: 'cut' }));
    const world = await openWorld(flow, gateway);
    const { run } = await world.bench.start({ idempotencyKey: 'one', input: input() });
    await world.carry(run);
    expect(await runDocument(world.bench, flow, run)).toMatchObject({
      status: 'parked',
      parked: { step: 'pay', code: 'vendor.unknown' },
    });

    expect(paid.size).toBe(1);
  });

  it('begins after the step has given up, and its vendor was asked meanwhile, sends nothing: there is one payment', async () => {
    const bank = new Bank('token');
    const place = { url: await bank.open(), allowLoopback: true };

    const declared = vendor({
      name: 'bank',
      hosts: ['bank.example'],
      kind: { kind: 'lookup', settlesMs: 2 * SECOND },
      secret: 'token',
      timeout: 10 * SECOND,
      lookupPath: (key) => `/payments/by-key/${encodeURIComponent(key)}`,
    });

    let world: World | undefined;
    const fn = vendorFunction(declared).connect({
      vault: { get: async () => 'token' },
      place,
      clock: { now: () => world?.time.now() ?? 0 },
    });

    const run = running(new Map([['bank', (call: never) => fn(call)]]));
    const late: Invocation[] = [];

    const lambda = await new FakeLambda(async (invocation) => {
      if (lambda.invocations.length > 1) return run(invocation);
      late.push(invocation); // still starting when the step's time is up
      world?.time.advance(5 * SECOND);
      return 'hang';
    }).open();

    lambdas.push(lambda);

    const vendors = new Map([['bank', { kind: declared.kind, function: 'bank' }]]);
    const own = paymentFlow({ gate: false });

    world = await openWorld(
      own,
      new LambdaGateway({ client: lambdaClient(lambda.clientConfig), vendors }),
    );

    try {
      const started = await world.bench.start({ idempotencyKey: 'one', input: input() });

      await world.drive();
      expect((await runDocument(world.bench, own, started.run)).status).toBe('done');
      expect(
        lambda.invocations.map(({ payload }) => JSON.parse(payload.toString()).operation),
      ).toEqual(['call', 'lookup', 'call']);

      const ends = await Promise.all(late.map(run));

      expect(
        ends.map((end) => JSON.parse(String((end as { readonly payload: string }).payload))),
      ).toMatchObject([{ outcome: 'unsent', code: 'too-late' }]);
      expect([bank.payments.length, bank.requests]).toEqual([1, 1]);
    } finally {
      bank.close();
    }
  });
});
