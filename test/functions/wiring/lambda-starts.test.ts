import { afterEach, describe, expect, it } from 'vitest';
import { lambdaStarts, startsClient } from '#functions/wiring/lambda-starts.ts';
import { FakeLambda, type InvocationEnd } from '../../support/aws/fakes/lambda.ts';

const started = { started: { run: 'r1', created: true } };
const refused = {
  refused: {
    code: 'invoice.malformed',
    fate: 'refuse',
    message: 'it is no XML',
    facts: { line: 1 },
  },
};
const upload = {
  workspace: 'acme',
  idempotencyKey: 'one',
  requester: { kind: 'user', id: 'clerk', auth: 'oidc' },
  bytes: new Uint8Array([0, 255, 10]),
} as const;

let lambda: FakeLambda | undefined;
afterEach(() => lambda?.close());

/** Starts a run where Lambda answers so. */
async function start(end: InvocationEnd, automation = 'invoice-approval') {
  lambda = await new FakeLambda(async () => end).open();
  const client = startsClient({
    ...lambda.clientConfig,
    requestHandler: { requestTimeout: 200, throwOnRequestTimeout: true },
  });
  const intakes = new Map([['invoice-approval', 'writ-dev-euc1_invoice-approval_intake']]);
  return lambdaStarts({ client, intakes }).start(automation, upload);
}

const answering = (answer: unknown): InvocationEnd => ({ payload: JSON.stringify(answer) });

describe('a start by Lambda', () => {
  it('gives the intake the bytes as they are, who asks and the key, and waits', async () => {
    await expect(start(answering(started))).resolves.toEqual(started);

    const [invocation, ...more] = lambda?.invocations ?? [];
    expect(more).toEqual([]);
    expect(invocation).toMatchObject({
      function: 'writ-dev-euc1_invoice-approval_intake',
      type: 'RequestResponse',
    });

    const { bytes, ...others } = upload;

    expect(JSON.parse(String(invocation?.payload))).toEqual({
      start: { ...others, bytes: Buffer.from(bytes).toString('base64') },
    });
  });

  it('passes on what the intake refuses, word for word', async () => {
    await expect(start(answering(refused))).resolves.toEqual(refused);
  });

  it.each<[string, InvocationEnd]>([
    [
      'an intake that crashed',
      { payload: '{"errorType":"Error","errorMessage":"a secret"}', functionError: 'Unhandled' },
    ],
    ['a refusal by Lambda', { error: 'TooManyRequestsException', status: 429 }],
    ['a connection that is cut', 'cut'],
    ['an answer that is cut', 'cut-answer'],
    ['no answer', 'hang'],
    ['an answer that is no JSON', { payload: '<html>' }],
    ['an answer of another form', answering({ started: { run: 'r1' } })],
    ['an answer that says both', answering({ ...started, ...refused })],
    [
      'an answer with a fate that is none',
      answering({ refused: { ...refused.refused, fate: 'magic' } }),
    ],
  ])('takes %s for no answer, which it is safe to ask again for', async (_, end) => {
    const ended = start(end);
    await expect(ended).rejects.toMatchObject({ code: 'start.unanswered', fate: 'retry' });
    await expect(ended).rejects.not.toThrow(/secret|html/);
    expect(lambda?.invocations.length).toBe(1); // who asked asks again, not the client
  });

  it('is asked for automations that are deployed alone', async () => {
    await expect(start(answering(started), 'another')).rejects.toMatchObject({
      code: 'kernel.defect',
    });
    expect(lambda?.invocations).toEqual([]);
  });
});
