import type { Statement } from '../authority/statements.ts';
import type { Environment } from '../config/environment.ts';
import { cloudFormationDenials } from './never.ts';
import type { BootstrapPlace } from './places.ts';
import type { Calls, ResourceType } from './resource-type.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { type Scope, scopesOf } from './scopes.ts';

/**
 * Returns CloudFormation's permissions for an environment in one place. They allow only creating,
 * changing and removing resources of its stacks there. They replace the administrator access that
 * `cdk bootstrap` grants by default.
 *
 * CloudFormation can create roles only under the environment's path and with its boundary. It
 * cannot deploy the stack `Keys`, which contains the boundary, the data key and the code signing
 * configuration. An administrator deploys that stack.
 */
export function executionPolicy(environment: Environment, place: BootstrapPlace): Statement[] {
  const types = typesOf(environment, place);

  const calls = [
    TEMPLATES,
    ...types.map(({ calls }) => calls),
    ...types.flatMap(({ empties }) =>
      environment.deletionProtection || empties === undefined ? [] : [empties],
    ),
  ];

  const scopes = Object.entries(scopesOf(environment, place));

  return [
    ...scopes.flatMap(([scope, reach]) => {
      const Action = [...new Set(calls.flatMap((of) => of[scope as Scope] ?? []))].sort();
      const Sid = scope.replace(/^./, (letter) => letter.toUpperCase());
      return Action.length === 0 || reach.Resource.length === 0
        ? []
        : [{ Sid, Effect: 'Allow' as const, Action, ...reach }];
    }),
    ...cloudFormationDenials(environment, place),
  ];
}

/**
 * Permission to read the parameters that templates use: ids from other stacks, and the version of
 * the bootstrap.
 */
const TEMPLATES: Calls = { readParameters: ['ssm:GetParameters'] };

/** Returns the resource types of the environment's stacks in a place. */
function typesOf(environment: Environment, { parts }: BootstrapPlace): ResourceType[] {
  return Object.values(RESOURCE_TYPES).filter(
    ({ in: there, when = () => true }) =>
      there.some((part) => parts.includes(part)) && when(environment),
  );
}
