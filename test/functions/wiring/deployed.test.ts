import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeployedFunction, deployed } from '#functions/wiring/deployed.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';

const IBAN = 'NL91ABNA0417164300';
const folder = mkdtempSync(join(tmpdir(), 'writ-test-'));
writeFileSync(join(folder, 'index.mjs'), 'export {};\n');

type Handler = (...given: unknown[]) => Promise<unknown>;

/** The function as Lambda has it, and everything its wiring was opened with. */
async function wired(connected: Handler) {
  const opened: DeployedFunction[] = [];
  const fn = { connect: (_: { readonly ports: true }) => connected };
  const open = async (deployment: DeployedFunction) => {
    opened.push(deployment);
    return { ports: true } as const;
  };

  return {
    handler: (await deployed(fn, 'payment.pay', folder, async () => ({ open }))) as Handler,
    opened,
  };
}

/** What Lambda would write down of an error, and give to whoever called. */
async function told(connected: Handler): Promise<string> {
  const { handler } = await wired(connected);
  const error = await handler({}).then(
    () => expect.fail('it did not fail'),
    (thrown: unknown) => thrown as Error & { readonly code?: string; readonly fate?: string },
  );

  expect(error).toMatchObject({
    name: 'FunctionFailedError',
    code: 'function.failed',
    fate: 'retry',
    facts: { function: 'payment.pay' },
  });

  expect(error.cause).toBeUndefined();
  expect(`${error.stack}`).not.toContain(IBAN);

  return error.message;
}

describe('a deployed function', () => {
  beforeEach(() => void vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'writ-test_payment_pay'));
  afterEach(() => vi.unstubAllEnvs());

  it('is wired once, while it starts, as itself and as its bundle', async () => {
    const { handler, opened } = await wired(async (event) => event);
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(opened).toEqual([
      { name: 'payment.pay', bundle: sha256(`${sha256('export {};\n')}  index.mjs\n`) },
    ]);
    expect([await handler(1), await handler(2)]).toEqual([1, 2]);
    expect(opened).toHaveLength(1);
  });

  it('is given the event, and not what Lambda hands over besides', async () => {
    const given: unknown[] = [];
    const { handler } = await wired(async (...all) => void given.push(...all));
    await handler('event', { awsRequestId: 'r' }, () => {});
    expect(given).toEqual(['event']);
  });

  it('lets an error of Writ through as it is', async () => {
    const refusal = new InvalidInputError<'payment.bad'>(
      'payment.bad',
      'the amount must be an integer',
    );
    const { handler } = await wired(() => Promise.reject(refusal));
    await expect(handler({})).rejects.toBe(refusal);
  });

  it('tells of any other error its class and its place, and nothing of its text', async () => {
    class Db extends RangeError {}
    expect(await told(() => Promise.reject(new TypeError(`cannot read ${IBAN}`)))).toMatch(
      /^payment\.pay failed: TypeError was thrown at [^ ]*deployed\.test\.ts:\d+$/,
    );
    expect(await told(() => Promise.reject(Object.assign(new Db(IBAN), { iban: IBAN })))).toMatch(
      /^payment\.pay failed: Db was thrown at /,
    );
    expect(await told(() => Promise.reject(IBAN))).toBe(
      'payment.pay failed: something that is no Error was thrown (string)',
    );
  });

  it('tells as little of what is thrown before there is a promise, and of what cannot be looked at', async () => {
    const throwing: Handler = () => {
      throw new SyntaxError(IBAN);
    };

    expect(await told(throwing)).toMatch(/^payment\.pay failed: SyntaxError was thrown/);

    const hostile = new Error(IBAN);

    Object.defineProperty(hostile, 'stack', {
      get: () => {
        throw new Error(IBAN);
      },
    });

    expect(await told(() => Promise.reject(hostile))).toBe(
      'payment.pay failed: something that cannot be looked at was thrown',
    );
  });
});

describe('a function that is not deployed', () => {
  it('refuses to be called, and does not load its adapters', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', undefined);

    let loaded = false;
    const load = async () => {
      loaded = true;
      return { open: async () => ({}) };
    };

    const handler = await deployed(
      { connect: () => async () => 'done' },
      'payment.pay',
      folder,
      load,
    );

    await expect(handler({})).rejects.toMatchObject({ code: 'wiring.unavailable' });
    expect(loaded).toBe(false);
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
});
