import type { Arns } from '../naming/arns.ts';
import { ISSUER } from './api-authority.ts';
import type { FunctionAuthority } from './authority.ts';
import type { Statement } from './statements.ts';

/** Endpoint policy of each service. A service without a policy does not get an endpoint. */
export type EndpointPolicies = Readonly<Record<string, readonly Statement[]>>;

/**
 * Resources of the environment by service. They are patterns, because a policy with every name
 * would exceed the limit of 20,480 characters.
 */
const OWN: Readonly<Record<string, (arns: Arns) => readonly string[]>> = {
  dynamodb: ({ state, index, trail, keys }) => [state, index('*'), trail, keys],
  kms: ({ dataKey }) => [dataKey],
  lambda: (arns) => [arns.function('vendor.*'), arns.function('*.intake'), arns.function(ISSUER)],
  secretsmanager: (arns) => [arns.secret('*', '*')],
  sqs: (arns) => [arns.queue('*')],
};

/**
 * Derives the policies of the endpoints through which isolated functions reach AWS services.
 *
 * A role's policy confines the function, but not hostile code that brings its own credentials. The
 * endpoint confines both. It admits only roles of the environment, and only to resources of the
 * environment, so a step's data cannot be sent to a foreign table, queue or function. The role's
 * policy still determines the actions that the role is allowed.
 *
 * @throws if an isolated function calls a service without an endpoint policy, because the call
 *   would otherwise fail only at run time.
 */
export function endpointPolicies(
  arns: Arns,
  functions: readonly FunctionAuthority[],
): EndpointPolicies {
  const actions = Map.groupBy(calledBy(functions), (action) =>
    action.slice(0, action.indexOf(':')),
  );
  return Object.fromEntries(
    [...actions].map(([service, called]) => [service, [ownOnly(arns, service, called)]]),
  );
}

function ownOnly(arns: Arns, service: string, Action: readonly string[]): Statement {
  const own = OWN[service];
  if (own === undefined)
    throw new Error(
      `an isolated function calls ${Action.join(', ')}; the isolated network has endpoints for ${Object.keys(OWN).join(', ')} only`,
    );

  return {
    Sid: 'OwnRolesToOwnResources',
    Effect: 'Allow',
    // a principal cannot be a pattern, so a condition names the roles. It also rejects unsigned
    // requests
    Principal: { AWS: '*' },
    Action,
    Resource: own(arns),
    Condition: { ArnLike: { 'aws:PrincipalArn': arns.roles(false) } },
  };
}

/**
 * Returns the actions that code of isolated functions calls, sorted and without duplicates. Lambda
 * itself receives messages, creates network interfaces and writes log lines, so those actions do
 * not use the function's network.
 */
function calledBy(functions: readonly FunctionAuthority[]): string[] {
  const statements = functions.filter(({ isolated }) => isolated).flatMap((fn) => fn.statements);
  const byCode = statements.filter(
    ({ Effect, Condition }) =>
      Effect === 'Allow' && Condition?.Null?.['lambda:SourceFunctionArn'] !== 'true',
  );

  return [...new Set(byCode.flatMap(({ Action = [] }) => Action))]
    .filter((action) => !action.startsWith('logs:'))
    .sort();
}
