import {
  DescribeKeyCommand,
  type KMSClient,
  ListResourceTagsCommand,
  paginateListKeys,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { DeleteSecretCommand, paginateListSecrets } from '@aws-sdk/client-secrets-manager';
import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import type { Leftover, Whose } from '../cleanup.ts';
import type { Clients } from '../clients.ts';
import { isOurs, prefixOf, tagOf } from './ours.ts';

/** The shortest that KMS waits. Source: KMS API Reference, `ScheduleKeyDeletion`. */
const PENDING_DAYS = 7;

/** Keys have no name: their tag alone says whose they are. */
export async function* keysLeft({ kms: client }: Clients, whose: Whose): AsyncGenerator<Leftover> {
  for await (const { Keys = [] } of paginateListKeys({ client }, {})) {
    for (const { KeyId } of Keys) {
      if (KeyId === undefined || !isOurs(whose, await tagOfKey(client, KeyId))) continue;
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
      if (KeyMetadata?.KeyState === 'PendingDeletion') continue;

      yield {
        what: `key ${KeyId} (gone in ${PENDING_DAYS} days)`,
        remove: () =>
          client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: PENDING_DAYS })),
        command: `aws kms schedule-key-deletion --pending-window-in-days ${PENDING_DAYS} --key-id ${KeyId}`,
      };
    }
  }
}

/** Keys of others may not be looked at, and those of AWS have no tags: neither is ours. */
async function tagOfKey(client: KMSClient, KeyId: string): Promise<string | undefined> {
  try {
    return tagOf((await client.send(new ListResourceTagsCommand({ KeyId }))).Tags);
  } catch (error) {
    if (/^AccessDenied/.test(awsErrorName(error))) return undefined;
    throw error;
  }
}

export async function* secretsLeft(
  { secrets: client }: Clients,
  whose: Whose,
): AsyncGenerator<Leftover> {
  const Filters = [{ Key: 'name' as const, Values: [prefixOf(whose)] }];
  for await (const { SecretList = [] } of paginateListSecrets({ client }, { Filters })) {
    for (const { ARN, Name, Tags } of SecretList) {
      if (!isOurs(whose, tagOf(Tags), Name ?? '')) continue;

      yield {
        what: `secret ${Name}`,
        remove: () =>
          client.send(new DeleteSecretCommand({ SecretId: ARN, ForceDeleteWithoutRecovery: true })),
        command: `aws secretsmanager delete-secret --force-delete-without-recovery --secret-id ${ARN}`,
      };
    }
  }
}
