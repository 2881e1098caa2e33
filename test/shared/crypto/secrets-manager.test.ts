import { inspect } from 'node:util';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  SECRET_CACHE_MS,
  SecretsManagerVault,
  secretsManagerClient,
} from '#shared/crypto/adapters/secrets-manager.ts';
import { AWS_CLIENT } from '#shared/kernel/adapters/aws-client.ts';
import { ManualClock, MINUTE } from '#shared/kernel/index.ts';
import { describeSecretVault } from '../../contracts/secret-vault.ts';
import type { Trouble } from '../../support/aws/fakes/json-service.ts';
import { FakeSecretsManager } from '../../support/aws/fakes/secrets-manager.ts';
import { describeOnMoto } from '../../support/aws/moto.ts';

const SECRET = 'bank-token-5d1f0c';

await describeOnMoto('the vault of Secrets Manager on moto', (moto) => {
  const client = secretsManagerClient(moto);
  const nobody = secretsManagerClient({ ...moto, endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });

  afterAll(() => {
    client.destroy();
    nobody.destroy();
  });

  let tests = 0;

  async function put(
    id: string,
    value: { SecretString: string } | { SecretBinary: Uint8Array },
    stage = 'AWSCURRENT',
  ): Promise<void> {
    try {
      if (stage === 'AWSCURRENT')
        return void (await client.send(new CreateSecretCommand({ Name: id, ...value })));
    } catch (error) {
      if (!(error instanceof ResourceExistsException)) throw error;
    }

    await client.send(
      new PutSecretValueCommand({ SecretId: id, VersionStages: [stage], ...value }),
    );
  }

  describeSecretVault(
    'of moto',
    () => {
      const clock = new ManualClock(1_000_000);
      const prefix = `writ/test-${tests++}/`;
      let down = false;
      const switched = { send: (command: never) => (down ? nobody : client).send(command) } as Pick<
        SecretsManagerClient,
        'send'
      >;

      return {
        open: () =>
          new SecretsManagerVault({
            client: switched,
            secretId: (name) => `${prefix}${name}`,
            clock,
          }),
        put: (name, value) => put(`${prefix}${name}`, { SecretString: value }),
        pend: (name, value) => put(`${prefix}${name}`, { SecretString: value }, 'AWSPENDING'),
        advance: (ms) => clock.advance(ms),
        outage: { begin: () => (down = true), end: () => (down = false) },
        close: () => {},
      };
    },
    { outage: true, versions: true },
  );

  const vault = new SecretsManagerVault({
    client,
    secretId: (name) => `writ/alone/${name}`,
    clock: new ManualClock(0),
  });

  it('says that a secret is missing when it is marked for deletion', async () => {
    await put('writ/alone/gone', { SecretString: SECRET });
    expect(await vault.get('gone')).toBe(SECRET);
    await client.send(new DeleteSecretCommand({ SecretId: 'writ/alone/gone' }));
    await expect(vault.get('gone', { fresh: true })).rejects.toMatchObject({
      code: 'secret.missing',
    });
    await expect(vault.get('gone')).rejects.toMatchObject({ code: 'secret.missing' });
  });

  it('says that a secret is missing when it is not text', async () => {
    await put('writ/alone/binary', { SecretBinary: Buffer.from(SECRET) });
    await expect(vault.get('binary')).rejects.toMatchObject({
      code: 'secret.missing',
      facts: { secret: 'binary' },
    });
  });
});

describe('the vault of Secrets Manager on a fake', () => {
  describeSecretVault(
    'of the fake',
    async () => {
      const fake = new FakeSecretsManager();
      await fake.listen();

      const client = secretsManagerClient(fake.clientConfig);
      const clock = new ManualClock(1_000_000);

      return {
        open: () =>
          new SecretsManagerVault({ client, secretId: (name) => `writ/test/${name}`, clock }),
        put: async (name, value) => fake.put(`writ/test/${name}`, value),
        pend: async (name, value) => fake.pend(`writ/test/${name}`, value),
        advance: (ms) => clock.advance(ms),
        outage: { begin: () => fake.fail('cut'), end: () => fake.recover() },
        close: () => {
          client.destroy();
          return fake.close();
        },
      };
    },
    { outage: true, versions: true },
  );
});

describe('the vault of Secrets Manager', () => {
  let fake: FakeSecretsManager;
  let client: SecretsManagerClient;
  let clock: ManualClock;
  let vault: SecretsManagerVault;

  const open = () =>
    new SecretsManagerVault({
      client,
      clock,
      secretId: (name) => (name === 'unnameable' ? undefined : `writ/test/${name}`),
    });

  beforeEach(async () => {
    fake = new FakeSecretsManager();
    await fake.listen();

    const requestHandler = {
      ...AWS_CLIENT.requestHandler,
      requestTimeout: 150,
      socketTimeout: 150,
    };

    client = secretsManagerClient({ ...fake.clientConfig, requestHandler });
    clock = new ManualClock(1_000_000);
    vault = open();
    fake.put('writ/test/bank', SECRET);
  });

  afterEach(() => {
    client.destroy();
    return fake.close();
  });

  it('asks for the current version of the secret that the account knows under that name', async () => {
    expect(await vault.get('bank')).toBe(SECRET);
    expect(fake.asked).toEqual([
      {
        operation: 'GetSecretValue',
        input: { SecretId: 'writ/test/bank', VersionStage: 'AWSCURRENT' },
      },
    ]);
  });

  it('asks nobody for what cannot be a name', async () => {
    await expect(vault.get('unnameable')).rejects.toMatchObject({
      code: 'secret.missing',
      facts: { secret: 'unnameable' },
    });
    expect(fake.asked).toEqual([]);
  });

  it('asks once a minute, counted from the question', async () => {
    expect(SECRET_CACHE_MS).toBe(MINUTE);
    await vault.get('bank');
    clock.advance(SECRET_CACHE_MS - 1);
    await vault.get('bank');
    expect(fake.asked).toHaveLength(1);
    clock.advance(1);
    await vault.get('bank');
    expect(fake.asked).toHaveLength(2);
  });

  it('counts the time that the answer took', async () => {
    fake.hold();

    const slow = vault.get('bank');

    await arrived(1);
    clock.advance(SECRET_CACHE_MS);
    fake.release();
    expect(await slow).toBe(SECRET);
    await vault.get('bank');
    expect(fake.asked).toHaveLength(2);
  });

  it('is not made to keep a value longer by a clock that steps back', async () => {
    await vault.get('bank');
    clock.advance(-1);
    await vault.get('bank');
    expect(fake.asked).toHaveLength(2);
  });

  it('shares one request among those who ask at the same time, also its failure, and keeps no failure', async () => {
    fake.fail({ error: 'ThrottlingException' }, 1);

    const ends = await Promise.allSettled([
      vault.get('bank'),
      vault.get('bank'),
      vault.get('bank'),
    ]);

    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(fake.asked).toHaveLength(1);
    expect(await Promise.all([vault.get('bank'), vault.get('bank'), vault.get('bank')])).toEqual([
      SECRET,
      SECRET,
      SECRET,
    ]);

    expect(fake.asked).toHaveLength(2);
  });

  it('asks anew for a fresh value, also while another request is under way, and keeps what was asked for last', async () => {
    fake.hold();

    const before = vault.get('bank');

    await arrived(1);
    fake.put('writ/test/bank', 'rotated');

    const fresh = vault.get('bank', { fresh: true });

    await arrived(2);
    fake.releaseOne(1);
    expect(await fresh).toBe('rotated');
    fake.release();
    expect(await before).toBe(SECRET); // asked before the rotation, and overtaken
    expect(await vault.get('bank')).toBe('rotated');
    expect(fake.asked).toHaveLength(2);
  });

  it('still gives what it has, for its minute, when a fresh value cannot be had', async () => {
    await vault.get('bank');
    fake.fail({ error: 'InternalServiceError', status: 500 });
    await expect(vault.get('bank', { fresh: true })).rejects.toMatchObject({
      code: 'secret.unavailable',
    });
    expect(await vault.get('bank')).toBe(SECRET);
    clock.advance(SECRET_CACHE_MS);
    await expect(vault.get('bank')).rejects.toMatchObject({ code: 'secret.unavailable' });
  });

  it('forgets a value at once when a fresh one turns out to be missing', async () => {
    await vault.get('bank');
    fake.fail({ error: 'AccessDeniedException' });
    await expect(vault.get('bank', { fresh: true })).rejects.toMatchObject({
      code: 'secret.missing',
    });
    await expect(vault.get('bank')).rejects.toMatchObject({ code: 'secret.missing' });
  });

  it('keeps at most 64 values, and lets the oldest go', async () => {
    const names = Array.from({ length: 65 }, (_, i) => `s${i}`);
    for (const name of names) fake.put(`writ/test/${name}`, name);
    for (const name of names) await vault.get(name);
    for (const name of names.slice(1)) expect(await vault.get(name)).toBe(name);
    expect(fake.asked).toHaveLength(65);
    await vault.get('s0');
    expect(fake.asked).toHaveLength(66);
  });

  it('lets no other value go when one is read anew', async () => {
    const names = Array.from({ length: 64 }, (_, i) => `s${i}`);
    for (const name of names) fake.put(`writ/test/${name}`, name);
    for (const name of names) await vault.get(name);
    await vault.get('s63', { fresh: true });
    for (const name of names) await vault.get(name);
    expect(fake.asked).toHaveLength(65);
  });

  it.each([
    'AccessDeniedException',
    'DecryptionFailure',
    'InvalidParameterException',
    'InvalidRequestException',
    'ResourceNotFoundException',
    'ValidationException',
  ])('says on %s that the secret is missing, and not why', async (error) => {
    fake.fail({ error });

    const end = await vault.get('bank').catch((thrown) => thrown);

    expect(end).toMatchObject({
      code: 'secret.missing',
      fate: 'refuse',
      facts: { secret: 'bank' },
    });

    expect(inspect(end, { showHidden: true, depth: null })).not.toContain(error);
  });

  it.each<[string, Trouble]>([
    ['InternalServiceError', { error: 'InternalServiceError', status: 500 }],
    ['ThrottlingException', { error: 'ThrottlingException' }],
    ['ServiceUnavailableException', { error: 'ServiceUnavailableException', status: 503 }],
    ['ExpiredTokenException', { error: 'ExpiredTokenException', status: 403 }],
    ['UnrecognizedClientException', { error: 'UnrecognizedClientException', status: 403 }],
    ['SomethingNewException', { error: 'SomethingNewException' }],
    ['ECONNRESET', 'cut'],
    ['ECONNRESET', 'half'],
    ['ETIMEDOUT', 'silent'],
    ['TimeoutError', 'stalled'],
  ])('is unavailable, to be asked again, on %s', async (reason, trouble) => {
    fake.fail(trouble);
    await expect(vault.get('bank')).rejects.toMatchObject({
      code: 'secret.unavailable',
      fate: 'retry',
      facts: { secret: 'bank', reason },
    });

    fake.recover();
    expect(await vault.get('bank')).toBe(SECRET);
  });

  it('shows no secret in any error, however the service fails', async () => {
    const spilling: Trouble[] = [
      'cut',
      'half',
      'stalled',
      'garbled',
      'page',
      { error: SECRET },
      { error: 'InternalServiceError', message: SECRET },
      { error: 'ResourceNotFoundException', message: SECRET },
      {
        instead: ({ SecretString, ...due }: { SecretString?: string }) => ({
          ...due,
          SecretBinary: SecretString,
        }),
      },
      { instead: ({ SecretString }: { SecretString?: string }) => [SecretString] },
    ];

    for (const trouble of spilling) {
      fake.fail(trouble);

      const end = await vault.get('bank').catch((error) => error);
      expect(end).toBeInstanceOf(Error);
      expect(end.cause).toBeUndefined();

      const text = `${inspect(end, { showHidden: true, depth: null })}${JSON.stringify(end)}${end.stack}${end.message}`;
      expect(text).not.toMatch(/5d1f0c|bank-token/);
    }

    expect(inspect(vault, { showHidden: true, depth: null })).not.toContain(SECRET);
  });

  /** Waits until so many requests came in. */
  async function arrived(count: number): Promise<void> {
    while (fake.asked.length < count) await new Promise((resolve) => setImmediate(resolve));
  }
});
