import {
  DeletePolicyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  type IAMClient,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  paginateListPolicies,
  paginateListRolePolicies,
  paginateListRoles,
} from '@aws-sdk/client-iam';
import type { Leftover, Whose } from '../cleanup.ts';
import type { Clients } from '../clients.ts';
import { isOurs, prefixOf, tagOf } from './ours.ts';

/** What the paths of roles and policies of every run begin with: `/writ/live-…`, `/writ-live-…`. */
const PATHS = ['/writ/', '/writ-live-'];

export async function* rolesLeft({ iam: client }: Clients, whose: Whose): AsyncGenerator<Leftover> {
  for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
    const named = Roles.filter(
      ({ Path = '', RoleName = '' }) =>
        PATHS.some((path) => Path.startsWith(path)) && RoleName.startsWith(prefixOf(whose)),
    );

    for (const { RoleName = '' } of named) {
      const { Tags } = await client.send(new ListRoleTagsCommand({ RoleName }));
      if (!isOurs(whose, tagOf(Tags), RoleName)) continue;

      yield {
        what: `role ${RoleName}`,
        remove: () => removeRole(client, RoleName),
        command: `aws iam delete-role-policy --policy-name authority --role-name ${RoleName}; aws iam delete-role --role-name ${RoleName}`,
      };
    }
  }
}

async function removeRole(client: IAMClient, RoleName: string): Promise<void> {
  for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName })) {
    for (const PolicyName of PolicyNames)
      await client.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
  await client.send(new DeleteRoleCommand({ RoleName }));
}

export async function* policiesLeft(
  { iam: client }: Clients,
  whose: Whose,
): AsyncGenerator<Leftover> {
  for await (const { Policies = [] } of paginateListPolicies({ client }, { Scope: 'Local' })) {
    for (const { Arn: PolicyArn = '', PolicyName = '' } of Policies.filter(
      ({ PolicyName: name = '' }) => name.startsWith(prefixOf(whose)),
    )) {
      const { Tags } = await client.send(new ListPolicyTagsCommand({ PolicyArn }));
      if (!isOurs(whose, tagOf(Tags), PolicyName)) continue;

      yield {
        what: `policy ${PolicyName}`,
        remove: () => client.send(new DeletePolicyCommand({ PolicyArn })),
        command: `aws iam delete-policy --policy-arn ${PolicyArn}`,
      };
    }
  }
}
