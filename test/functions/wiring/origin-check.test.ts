import { describe, expect, it } from 'vitest';
import { ORIGIN_HEADER, originCheck } from '#functions/wiring/origin-check.ts';
import {
  SecretsManagerVault,
  secretsManagerClient,
} from '#shared/crypto/adapters/secrets-manager.ts';
import { MINUTE } from '#shared/kernel/index.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { FakeSecretsManager } from '../../support/aws/fakes/secrets-manager.ts';

const SECRET = 'writ-dev-euc1/api/origin-header';

async function opened(value: string | undefined) {
  const secrets = new FakeSecretsManager();
  await secrets.listen();
  if (value !== undefined) secrets.put(SECRET, value);

  const clock = new ManualTimers(1_800_000_000_000);
  const vault = new SecretsManagerVault({
    client: secretsManagerClient({ ...secrets.clientConfig, region: 'eu-central-1' }),
    secretId: (own) => `writ-dev-euc1/api/${own}`,
    clock,
  });

  return { secrets, clock, check: originCheck(vault) };
}

describe('the check of what came through CloudFront', () => {
  it('takes the value of the secret, under the header that CloudFront adds', async () => {
    const { secrets, check } = await opened('a'.repeat(64));
    expect(check.header).toBe(ORIGIN_HEADER);
    await expect(check.isOurs('a'.repeat(64))).resolves.toBe(true);
    await secrets.close();
  });

  it.each([
    undefined,
    '',
    'a',
    `${'a'.repeat(64)} `,
    'a'.repeat(65),
    `${'a'.repeat(63)}b`,
    'A'.repeat(64),
  ])('refuses %j', async (value) => {
    const { secrets, check } = await opened('a'.repeat(64));
    await expect(check.isOurs(value)).resolves.toBe(false);
    await secrets.close();
  });

  it('takes a new value within a minute, and the old one no longer then', async () => {
    const { secrets, clock, check } = await opened('old');
    await expect(check.isOurs('old')).resolves.toBe(true);
    secrets.put(SECRET, 'new');
    clock.advance(MINUTE);
    await expect(check.isOurs('new')).resolves.toBe(true);
    await expect(check.isOurs('old')).resolves.toBe(false);
    await secrets.close();
  });

  it('lets nothing through while the secret cannot be had', async () => {
    const { secrets, check } = await opened(undefined);
    await expect(check.isOurs('anything')).rejects.toMatchObject({ code: 'secret.missing' });
    await secrets.close();
  });
});
