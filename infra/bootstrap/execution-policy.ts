import type { Statement } from '../authority/statements.ts';
import type { Environment } from '../config/environment.ts';
import { never } from './never.ts';
import type { BootstrapPlace } from './places.ts';
import type { Calls, ResourceType } from './resource-type.ts';
import { RESOURCE_TYPES } from './resource-types.ts';
import { type Scope, scopesOf } from './scopes.ts';

/**
 * What CloudFormation may do for an environment in one place: make, change and remove what its
 * stacks hold there, and nothing else. In place of the administrator's rights that `cdk bootstrap`
 * gives it by default.
 *
 * It makes roles under the environment's path and with its boundary only. The stack `Keys`, which
 * makes the boundary, the data key and the list of those whose code runs, is out of its reach: an
 * administrator deploys it.
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
    ...never(environment, place),
  ];
}

/**
 * Values that templates take from parameters: ids that another stack drew, and the version of the
 * bootstrap.
 */
const TEMPLATES: Calls = { readParameters: ['ssm:GetParameters'] };

/** The types of resources that the environment's stacks hold in a place. */
function typesOf(environment: Environment, { parts }: BootstrapPlace): ResourceType[] {
  return Object.values(RESOURCE_TYPES).filter(
    ({ in: there, when = () => true }) =>
      there.some((part) => parts.includes(part)) && when(environment),
  );
}
