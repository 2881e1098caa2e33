import { inspect } from 'node:util';
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kmsClient, kmsKeys } from '#shared/crypto/adapters/kms.ts';
import type { KeyContext } from '#shared/crypto/index.ts';
import { AWS_CLIENT } from '#shared/kernel/adapters/aws-client.ts';
import { describeKeyService } from '../../contracts/key-service.ts';
import type { Trouble } from '../../support/aws/fakes/json-service.ts';
import { FakeKms } from '../../support/aws/fakes/kms.ts';
import { describeOnMoto } from '../../support/aws/moto.ts';

const HEALTH: KeyContext = { workspace: 'acme', class: 'health' };

await describeOnMoto('KMS keys on moto', (moto) => {
  const client = kmsClient(moto);
  const nobody = kmsClient({ ...moto, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });

  afterAll(() => {
    client.destroy();
    nobody.destroy();
  });

  const create = async () => (await client.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';

  describeKeyService(
    'of moto',
    async () => {
      let down = false;
      const switched = { send: (command: never) => (down ? nobody : client).send(command) } as Pick<
        KMSClient,
        'send'
      >;

      const keyId = await create();

      return {
        open: () => kmsKeys({ client: switched, keyId }),
        other: async () => kmsKeys({ client, keyId: await create() }),
        outage: { begin: () => (down = true), end: () => (down = false) },
        close: () => {},
      };
    },
    { outage: true },
  );

  it('refuses a key that does not exist', async () => {
    const keys = kmsKeys({ client, keyId: '00000000-0000-0000-0000-000000000000' });
    await expect(keys.generate(HEALTH)).rejects.toMatchObject({ code: 'keys.refused' });
  });
});

describe('KMS keys on a fake', () => {
  describeKeyService(
    'of the fake',
    async () => {
      const fake = await started();
      const client = kmsClient(fake.clientConfig);

      return {
        open: () => kmsKeys({ client, keyId: root }),
        other: () => kmsKeys({ client, keyId: fake.createKey() }),
        outage: { begin: () => fake.fail('cut'), end: () => fake.recover() },
        close: () => {
          client.destroy();
          return fake.close();
        },
      };
    },
    { outage: true },
  );
});

let root: string;
async function started(): Promise<FakeKms> {
  const fake = new FakeKms();
  await fake.listen();
  root = fake.createKey();
  return fake;
}

/** The settings of the real client with each of its time limits cut to 150 ms. */
const QUICK = Object.fromEntries(
  Object.entries(AWS_CLIENT.requestHandler).map(([name, value]) => [
    name,
    typeof value === 'number' ? 150 : value,
  ]),
);

describe('keys of KMS', () => {
  let fake: FakeKms;
  let client: KMSClient;

  beforeEach(async () => {
    fake = await started();
    client = kmsClient({ ...fake.clientConfig, requestHandler: QUICK });
  });

  afterEach(() => {
    client.destroy();
    return fake.close();
  });

  const keys = () => kmsKeys({ client, keyId: root });

  it.each<[KeyContext, object]>([
    [HEALTH, { workspace: 'acme', class: 'health' }],
    [
      { workspace: 'acme', purpose: 'token' },
      { workspace: 'acme', purpose: 'token' },
    ],
    [{ ...HEALTH, subject: 'x' } as KeyContext, { workspace: 'acme', class: 'health' }],
  ])(
    'are asked for with the key and exactly two entries of context: %j',
    async (context, expected) => {
      const { wrapped } = await keys().generate(context);
      await keys().unwrap(wrapped, context);

      expect(fake.asked).toEqual([
        {
          operation: 'GenerateDataKey',
          input: { KeyId: root, KeySpec: 'AES_256', EncryptionContext: expected },
        },
        {
          operation: 'Decrypt',
          input: {
            KeyId: root,
            CiphertextBlob: Buffer.from(wrapped).toString('base64'),
            EncryptionContext: expected,
          },
        },
      ]);
    },
  );

  it('are asked for every time: none is remembered', async () => {
    const service = keys();
    const { wrapped } = await service.generate(HEALTH);

    for (let i = 0; i < 3; i++) await service.unwrap(wrapped, HEALTH);

    expect(fake.asked).toHaveLength(4);
    fake.setEnabled(root, false);
    await expect(service.unwrap(wrapped, HEALTH)).rejects.toMatchObject({
      code: 'keys.unavailable',
      facts: { reason: 'DisabledException' },
    });

    fake.setEnabled(root, true);
    await service.unwrap(wrapped, HEALTH);
  });

  it.each([
    'AccessDeniedException',
    'IncorrectKeyException',
    'InvalidArnException',
    'InvalidCiphertextException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'NotFoundException',
    'UnsupportedOperationException',
    'ValidationException',
  ])('are refused on %s, without saying so', async (error) => {
    fake.fail({ error });
    const ends = await ofBoth();
    for (const end of ends) {
      expect(end).toMatchObject({ code: 'keys.refused', fate: 'refuse', facts: {} });
      expect(inspect(end, { showHidden: true, depth: null })).not.toContain(error);
    }
  });

  it.each<[string, Trouble]>([
    ['DisabledException', { error: 'DisabledException' }],
    ['KMSInvalidStateException', { error: 'KMSInvalidStateException' }],
    ['KeyUnavailableException', { error: 'KeyUnavailableException', status: 500 }],
    ['DependencyTimeoutException', { error: 'DependencyTimeoutException', status: 500 }],
    ['KMSInternalException', { error: 'KMSInternalException', status: 500 }],
    ['LimitExceededException', { error: 'LimitExceededException' }],
    ['ThrottlingException', { error: 'ThrottlingException' }],
    ['ServiceUnavailableException', { error: 'ServiceUnavailableException', status: 503 }],
    ['ExpiredTokenException', { error: 'ExpiredTokenException', status: 403 }],
    ['UnrecognizedClientException', { error: 'UnrecognizedClientException', status: 403 }],
    ['InvalidSignatureException', { error: 'InvalidSignatureException', status: 403 }],
    ['SomethingNewException', { error: 'SomethingNewException' }],
    ['ECONNRESET', 'cut'],
    ['ECONNRESET', 'half'],
    ['ETIMEDOUT', 'silent'],
    ['TimeoutError', 'stalled'],
  ])('are unavailable, to be tried again, on %s', async (reason, trouble) => {
    fake.fail(trouble);
    for (const end of await ofBoth())
      expect(end).toMatchObject({ code: 'keys.unavailable', fate: 'retry', facts: { reason } });
  });

  it('are unavailable when a load balancer answers instead of the service', async () => {
    fake.fail('page');
    for (const end of await ofBoth()) expect(end).toMatchObject({ code: 'keys.unavailable' });
  });

  it('are unavailable without credentials', async () => {
    const credentials = async () => {
      throw Object.assign(new Error('no credentials in ~/.aws'), {
        name: 'CredentialsProviderError',
      });
    };

    const without = kmsClient({ ...fake.clientConfig, credentials });

    await expect(kmsKeys({ client: without, keyId: root }).generate(HEALTH)).rejects.toMatchObject({
      code: 'keys.unavailable',
      facts: { reason: 'CredentialsProviderError' },
    });

    expect(fake.asked).toEqual([]);
  });

  it('are asked for once more by themselves after a passing trouble, and at most three times', async () => {
    const { maxAttempts: _, ...config } = fake.clientConfig;
    const patient = kmsClient(config);
    const service = kmsKeys({ client: patient, keyId: root });

    fake.fail({ error: 'KMSInternalException', status: 500 }, 1);
    await service.generate(HEALTH);
    expect(fake.asked).toHaveLength(2);
    fake.fail('cut');
    await expect(service.generate(HEALTH)).rejects.toMatchObject({ code: 'keys.unavailable' });
    expect(fake.asked).toHaveLength(5);
    patient.destroy();
  });

  it('are asked for once when the answer is a refusal', async () => {
    const { maxAttempts: _, ...config } = fake.clientConfig;
    const patient = kmsClient(config);

    fake.fail({ error: 'AccessDeniedException' });
    await expect(kmsKeys({ client: patient, keyId: root }).generate(HEALTH)).rejects.toMatchObject({
      code: 'keys.refused',
    });
    expect(fake.asked).toHaveLength(1);
    patient.destroy();
  });

  it.each([
    ['too short', (due: object) => ({ ...due, Plaintext: base64(31) })],
    ['too long', (due: object) => ({ ...due, Plaintext: base64(33) })],
    ['empty', (due: object) => ({ ...due, Plaintext: '' })],
    ['missing', (due: object) => ({ ...due, Plaintext: undefined })],
  ])('are refused when they are %s', async (_, instead) => {
    fake.fail({ instead });
    for (const end of await ofBoth()) expect(end).toMatchObject({ code: 'keys.refused' });
  });

  it('are refused when their wrapped form does not come with them', async () => {
    for (const CiphertextBlob of [undefined, '']) {
      fake.fail({ instead: (due) => ({ ...due, CiphertextBlob }) });
      await expect(keys().generate(HEALTH)).rejects.toMatchObject({ code: 'keys.refused' });
    }
  });

  it('show nothing of themselves in any error, however the service fails', async () => {
    const { wrapped } = await keys().generate(HEALTH);
    const known = Buffer.from(await keys().unwrap(wrapped, HEALTH));
    const shown = (due: object) => ('Plaintext' in due ? String(due.Plaintext) : '');

    const spilling: Trouble[] = [
      'cut',
      'half',
      'stalled',
      'garbled',
      'page',
      { error: known.toString('base64') },
      { error: `${known.toString('hex')}Exception` },
      { error: 'DisabledException', message: known.toString('base64') },
      { error: 'InvalidCiphertextException', message: known.toString('base64') },
      { instead: (due) => ({ ...due, Plaintext: `${shown(due)}${shown(due)}` }) },
      { instead: (due) => ({ ...due, Plaintext: { nested: shown(due) } }) },
      { instead: (due) => [shown(due)] },
    ];

    for (const trouble of spilling) {
      fake.fail(trouble);

      const end = await keys()
        .unwrap(wrapped, HEALTH)
        .catch((error) => error);

      expect(end).toBeInstanceOf(Error);
      expect(end.cause).toBeUndefined();

      const text = `${inspect(end, { showHidden: true, depth: null })}${JSON.stringify(end)}${end.stack}${end.message}`;
      for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) {
        expect(text.includes(known.toString(encoding).slice(0, 12))).toBe(false);
      }

      expect(text.includes([...known.subarray(0, 5)].join(', '))).toBe(false);
    }
  });

  async function ofBoth(): Promise<unknown[]> {
    const service = keys();
    return Promise.all(
      [service.generate(HEALTH), service.unwrap(new Uint8Array(100), HEALTH)].map((end) =>
        end.catch((error) => error),
      ),
    );
  }
});

const base64 = (length: number) => Buffer.alloc(length, 7).toString('base64');
