import type { Arns } from '../naming/arns.ts';
import { ISSUER } from './api-authority.ts';
import type { FunctionAuthority } from './authority.ts';
import type { Statement } from './statements.ts';

/**
 * What the endpoint of each service lets through. A service that is not named needs no endpoint,
 * and gets none.
 */
export type EndpointPolicies = Readonly<Record<string, readonly Statement[]>>;

/**
 * What is the environment's own, service by service. Named by patterns: a policy with every name
 * would outgrow its 20,480 characters.
 */
const OWN: Readonly<Record<string, (arns: Arns) => readonly string[]>> = {
  dynamodb: ({ state, index, trail, keys }) => [state, index('*'), trail, keys],
  kms: ({ dataKey }) => [dataKey],
  lambda: (arns) => [arns.function('vendor.*'), arns.function('*.intake'), arns.function(ISSUER)],
  secretsmanager: (arns) => [arns.secret('*', '*')],
  sqs: (arns) => [arns.queue('*')],
};

/**
 * The policies of the endpoints through which functions inside reach AWS services.
 *
 * A role's policy stops a function from reaching what is not its own; it says nothing about
 * credentials that hostile code brings along. The endpoint does: it lets only roles of the
 * environment through, and only to what is the environment's own, so that no table, queue or
 * function of a stranger can take what a step knows. Which role may do which of it remains for the
 * role to say.
 *
 * @throws when a function inside calls a service that has no endpoint here: it would fail only
 *   once it runs.
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
      `a function inside calls ${Action.join(', ')}; the isolated network has endpoints for ${Object.keys(OWN).join(', ')} only`,
    );

  return {
    Sid: 'OwnRolesToOwnResources',
    Effect: 'Allow',
    // no principal can be a pattern, so who it is about is a condition, which also fails for a
    // request that nobody signed
    Principal: { AWS: '*' },
    Action,
    Resource: own(arns),
    Condition: { ArnLike: { 'aws:PrincipalArn': arns.roles(false) } },
  };
}

/**
 * Actions that functions inside call by their own code, each once, in order. Messages are taken and
 * interfaces are made by Lambda on a function's behalf, and Lambda carries its log lines: none of
 * it passes the function's network.
 */
function calledBy(functions: readonly FunctionAuthority[]): string[] {
  const statements = functions.filter(({ inside }) => inside).flatMap((fn) => fn.statements);
  const byCode = statements.filter(
    ({ Effect, Condition }) =>
      Effect === 'Allow' && Condition?.Null?.['lambda:SourceFunctionArn'] !== 'true',
  );

  return [...new Set(byCode.flatMap(({ Action = [] }) => Action))]
    .filter((action) => !action.startsWith('logs:'))
    .sort();
}
