import { describe, expect, it } from 'vitest';
import { intakeFunction } from '#functions/framework/lambda/automation-functions.ts';
import {
  type IntakeHandler,
  intakeHandler,
  type StartCall,
} from '#functions/framework/lambda/intake-handler.ts';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import type { EnginePorts } from '#shared/engine/index.ts';
import { InvalidInputError, type LogFacts, WritError } from '#shared/kernel/index.ts';
import { entriesOf, runDocument, workbench } from '../../../support/bench.ts';
import { input, paymentFlow } from '../../../support/payment-flow.ts';

const flow = paymentFlow();
const IBAN = 'NL91ABNA0417164300';
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
const start = (over: object = {}): StartCall => ({
  start: {
    workspace: WORKBENCH_WORKSPACE,
    idempotencyKey: 'one',
    requester: { kind: 'user', id: 'u' },
    bytes: bytesOf(input()),
    ...over,
  },
});

type Read = (bytes: Uint8Array) => Readonly<Record<string, unknown>>;

/**
 * An intake as its Lambda function runs it. `seen` is everything that leaves it: lines, and how
 * often metrics were written out.
 */
async function intake(
  read: Read = (bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')),
  { sourceOf }: Pick<EnginePorts, 'sourceOf'> = {},
) {
  const seen = {
    lines: [] as { readonly message: string; readonly facts: LogFacts | undefined }[],
    flushed: 0,
  };

  const bench = await workbench(flow);

  const ports = {
    ...bench.ports('payment.intake'),
    ...(sourceOf === undefined ? {} : { sourceOf }),
    log: {
      line: (_: string, message: string, facts?: LogFacts) =>
        void seen.lines.push({ message, facts }),
    },
    metrics: { add: () => {}, flush: () => void seen.flushed++ },
  };

  const handler: IntakeHandler = intakeHandler(intakeFunction(flow, read)).connect(ports);
  const call = (event: unknown) => handler(event as never);

  return { bench, call, seen };
}

describe('the intake as a Lambda function', () => {
  it('starts a run from what was uploaded, once for each key', async () => {
    const { bench, call, seen } = await intake();
    const answer = (await call(start())) as { readonly started: { readonly run: string } };
    expect(await call(start())).toMatchObject({ started: { run: answer.started.run } });
    expect((await runDocument(bench, flow, answer.started.run)).status).toBe('running');
    expect(seen.flushed).toBe(2);
  });

  const good = start().start;
  const { bytes: _, ...withoutBytes } = good;

  it.each<[string, unknown]>([
    ['null', null],
    ['nothing', undefined],
    ['a number', 7],
    ['text', JSON.stringify({ start: { iban: IBAN } })],
    ['text that speaks of Records', `Records ${IBAN}`],
    ['an array', [start()]],
    ['an empty object', {}],
    ['a start without bytes', { start: withoutBytes }],
    ['more than a start', { ...start(), iban: IBAN }],
    ['a start with more than belongs to it', start({ iban: IBAN })],
    ['bytes that are no base64', start({ bytes: `{"iban":"${IBAN}"}` })],
    ['a requester of no kind', start({ requester: { kind: IBAN, id: 'u' } })],
    ['a key that is too long', start({ idempotencyKey: 'k'.repeat(1_001) })],
  ])('refuses %s as a call, and repeats nothing of it', async (_what, event) => {
    const { bench, call, seen } = await intake();
    const before = bench.store.counts();

    expect(await call(event)).toEqual({
      refused: {
        code: 'intake.call-invalid',
        fate: 'refuse',
        message: 'the call does not match the schema of an intake call',
        facts: {},
      },
    });

    expect([bench.store.counts(), seen.flushed, seen.lines]).toEqual([before, 1, []]);
  });

  it.each(['payment.bad', 'keys.none'] as const)(
    'gives a refusal of the automation’s own on and records it: %s',
    async (code) => {
      const { bench, call, seen } = await intake(() => {
        throw new InvalidInputError<typeof code>(code, 'the file has no amount', { line: 3 });
      });

      expect(await call(start({ trace: 'request-1' }))).toEqual({
        refused: { code, fate: 'refuse', message: 'the file has no amount', facts: { line: 3 } },
      });
      expect((await entriesOf(bench)).at(-1)).toMatchObject({
        action: 'run.refuse',
        why: { code },
        trace: 'request-1',
      });

      expect(seen.flushed).toBe(1);
    },
  );

  it('writes down which request a run was started by, and which policies allowed it', async () => {
    const { bench, call } = await intake();
    await call(start({ trace: 'request-1', policies: ['team-member.work'] }));
    expect((await entriesOf(bench)).at(-1)).toMatchObject({
      action: 'run.start',
      trace: 'request-1',
      why: { policies: ['team-member.work'] },
    });
  });

  it.each(['people', 'platform'])(
    'starts nothing in the workspace "%s", which is the platform’s own',
    async (workspace) => {
      const { bench, call } = await intake();
      const before = bench.store.counts();
      expect(await call(start({ workspace }))).toMatchObject({
        refused: { code: 'workspace.reserved' },
      });
      expect(bench.store.counts()).toEqual(before);
    },
  );

  it('tells of a foreign error its class and its place, never its text, which may be of the upload', async () => {
    const { bench, call, seen } = await intake(); // JSON.parse quotes what it cannot read
    const before = bench.store.counts();
    const answer = await call(
      start({ bytes: Buffer.from(`{"iban":${IBAN}, "name":"Jane Doe"}`).toString('base64') }),
    );

    expect(answer).toEqual({
      refused: {
        code: 'function.failed',
        fate: 'retry',
        message: expect.stringMatching(/^SyntaxError was thrown/),
        facts: {},
      },
    });

    expect(seen.lines).toEqual([
      {
        message: 'a start failed',
        facts: { code: 'function.failed', because: expect.any(String) },
      },
    ]);

    expect(JSON.stringify([answer, seen])).not.toMatch(/NL91|Jane/);
    expect([bench.store.counts(), seen.flushed]).toEqual([before, 1]);
  });

  it('tells the log, and nobody else, where in the author’s sources it was thrown', async () => {
    const at = 'functions/automations/refund/intake.ts:12';
    const { call, seen } = await intake(undefined, {
      sourceOf: (error) => (error instanceof SyntaxError ? at : undefined),
    });
    const answer = await call(start({ bytes: Buffer.from('{').toString('base64') }));

    expect(seen.lines).toEqual([
      {
        message: 'a start failed',
        facts: { code: 'function.failed', because: expect.any(String), at },
      },
    ]);

    expect(JSON.stringify(answer)).not.toContain(at);
  });

  it.each(['Jane Doe', IBAN, '__proto__', '', 'a#b', '*'])(
    'writes nothing down of an upload to a workspace of no name: %j',
    async (workspace) => {
      let read = false;
      const { bench, call, seen } = await intake(() => {
        read = true;
        throw new InvalidInputError<'payment.bad'>('payment.bad', 'no');
      });

      const before = bench.store.counts();

      expect(await call(start({ workspace }))).toMatchObject({
        refused: { fate: 'refuse', code: expect.not.stringMatching('payment.bad') },
      });
      expect([bench.store.counts(), read, seen.flushed]).toEqual([before, false, 1]);
    },
  );

  it('ends with an error that nothing can go on after, so that the function is started anew', async () => {
    class Stopping extends WritError<'test.stop'> {
      readonly code = 'test.stop';
      readonly fate = 'stop';
    }

    const { call, seen } = await intake(() => {
      throw new Stopping('nothing works any more');
    });

    await expect(call(start())).rejects.toMatchObject({ code: 'test.stop' });
    expect(seen.flushed).toBe(1);
  });

  it('takes messages of its queue, and writes metrics out after them too', async () => {
    const { call, seen } = await intake();

    const record = {
      messageId: 'm1',
      body: JSON.stringify({
        workspace: WORKBENCH_WORKSPACE,
        run: 'nosuchrun',
        step: 'intake',
        subjectRefs: [],
      }),
      attributes: { ApproximateReceiveCount: '1' },
    };

    expect(await call({ Records: [record] })).toEqual({ batchItemFailures: [] });
    expect(seen.lines).toMatchObject([
      { message: 'message of a gate for a run that does not exist' },
    ]);
    expect(seen.flushed).toBe(1);
  });
});
