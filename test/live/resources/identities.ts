import { CreatePolicyCommand, CreateRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import type { Timers } from '#shared/kernel/index.ts';
import type { Clients, Credentials } from '../clients.ts';
import { documentOf, patiently } from '../patience.ts';
import { boundaryStatements, type LiveRole, roleArn, rolesOf } from '../roles.ts';
import { type LiveRun, TAG } from '../run.ts';

/**
 * Makes the roles of the run and their boundary. The operator may take them on; nobody else is told
 * to be allowed to.
 */
export async function makeRoles({ iam }: Clients, run: LiveRun): Promise<void> {
  const { account, id, names } = run;
  const Tags = [{ Key: TAG, Value: id }];
  const Path = names.rolePath(false);
  const PolicyDocument = documentOf(boundaryStatements(run));

  await iam.send(
    new CreatePolicyCommand({ PolicyName: names.boundary, Path, PolicyDocument, Tags }),
  );

  const trust = documentOf([
    {
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'sts:AssumeRole',
    },
  ]);

  for (const role of rolesOf(run)) {
    const RoleName = names.function(role.fn);
    const limit = role.bounded
      ? { PermissionsBoundary: `arn:aws:iam::${account}:policy${Path}${names.boundary}` }
      : {};

    await iam.send(
      new CreateRoleCommand({
        RoleName,
        Path: role.path,
        AssumeRolePolicyDocument: trust,
        ...limit,
        Tags,
      }),
    );

    await iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'authority',
        PolicyDocument: documentOf(role.statements),
      }),
    );
  }
}

/**
 * Credentials of a role of the run, for an hour: as long as a role lends them unless it says
 * otherwise (STS API Reference, `AssumeRole`).
 */
export async function takeOn(
  { sts }: Clients,
  run: LiveRun,
  role: LiveRole,
  timers: Timers,
): Promise<Credentials> {
  const ask = new AssumeRoleCommand({
    RoleArn: roleArn(run, role),
    RoleSessionName: 'writ-live',
    DurationSeconds: 3_600,
  });

  const { Credentials: given } = await patiently(timers, () => sts.send(ask));

  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    ...(given?.SessionToken === undefined ? {} : { sessionToken: given.SessionToken }),
  };
}
