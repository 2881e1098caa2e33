import { CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { CreateSecretCommand, PutResourcePolicyCommand } from '@aws-sdk/client-secrets-manager';
import bank from '#functions/vendors/bank/vendor.ts';
import { dataKeyPolicy, secretPolicy } from '#infra/authority/policies.ts';
import type { Clients } from '../clients.ts';
import { documentOf } from '../patience.ts';
import { BANK } from '../roles.ts';
import { type LiveRun, PREFIX, TAG } from '../run.ts';

/** Makes a key that the account manages through IAM. @returns its ARN. */
export async function makeKey({ kms }: Pick<Clients, 'kms'>, id: string): Promise<string> {
  const Description = `${PREFIX}${id}: for a trial, may be deleted`;
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Description, Tags: [{ TagKey: TAG, TagValue: id }] }),
  );
  return KeyMetadata?.Arn ?? '';
}

/** Gives the data key the policy of a deployed one: from then on only roles of the run use it. */
export async function closeKey({ kms }: Clients, { arns }: LiveRun): Promise<void> {
  await kms.send(
    new PutKeyPolicyCommand({
      KeyId: arns.dataKey,
      PolicyName: 'default',
      Policy: documentOf(dataKeyPolicy(arns)),
    }),
  );
}

/** Makes the secret of the sample vendor. Its value is worth nothing. @returns its ARN. */
export async function makeSecret({ secrets }: Clients, id: string): Promise<string> {
  const Name = `${PREFIX}${id}/${BANK}/${bank.secret}`;

  const { ARN } = await secrets.send(
    new CreateSecretCommand({
      Name,
      SecretString: 'worth-nothing',
      Tags: [{ Key: TAG, Value: id }],
    }),
  );

  return ARN ?? '';
}

/** Gives the secret the policy of a deployed one. */
export async function closeSecret({ secrets }: Clients, { arns, secret }: LiveRun): Promise<void> {
  const ResourcePolicy = documentOf(secretPolicy(arns.role(BANK, false)));
  await secrets.send(new PutResourcePolicyCommand({ SecretId: secret, ResourcePolicy }));
}
