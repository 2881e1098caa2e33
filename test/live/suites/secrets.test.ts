import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
} from '@aws-sdk/client-secrets-manager';
import { afterAll } from 'vitest';
import { SecretsManagerVault } from '#shared/crypto/adapters/secrets-manager.ts';
import { ManualClock } from '#shared/kernel/index.ts';
import { describeSecretVault } from '../../contracts/secret-vault.ts';
import { destroyAll } from '../clients.ts';
import { TAG } from '../run.ts';
import { live } from './live.ts';

const { run, clients } = live();
const client = clients.secrets;
afterAll(() => destroyAll(clients));
let tests = 0;

async function put(Name: string, SecretString: string, stage = 'AWSCURRENT'): Promise<void> {
  try {
    if (stage === 'AWSCURRENT') {
      await client.send(
        new CreateSecretCommand({ Name, SecretString, Tags: [{ Key: TAG, Value: run.id }] }),
      );
      return;
    }
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
  }

  await client.send(
    new PutSecretValueCommand({ SecretId: Name, VersionStages: [stage], SecretString }),
  );
}

describeSecretVault(
  'of AWS',
  () => {
    const clock = new ManualClock(1_000_000);
    const prefix = `${run.prefix}/suite-${tests++}/`;
    const made = new Set<string>();

    return {
      open: () =>
        new SecretsManagerVault({ client, secretId: (name) => `${prefix}${name}`, clock }),
      async put(name, value) {
        made.add(`${prefix}${name}`);
        await put(`${prefix}${name}`, value);
      },
      pend: (name, value) => put(`${prefix}${name}`, value, 'AWSPENDING'),
      advance: (ms) => clock.advance(ms),
      async close() {
        for (const SecretId of made)
          await client.send(
            new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }),
          );
      },
    };
  },
  { versions: true },
);
