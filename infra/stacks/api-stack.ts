import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Route } from '#functions/framework/http/route.ts';
import type { FunctionAuthority } from '../authority/authority.ts';
import type { Bundles } from '../build/bundles.ts';
import type { Environment } from '../config/environment.ts';
import { GovernedFunction } from '../constructs/governed-function/governed-function.ts';
import { HttpApi } from '../constructs/http-api/http-api.ts';
import { importedId } from '../constructs/parameters.ts';
import { GatewayAlarm } from '../constructs/watch/gateway-alarm.ts';
import type { Arns } from '../naming/arns.ts';
import { type FunctionName, namesOf } from '../naming/names.ts';
import { EdgeStack } from './edge-stack.ts';
import { arnsIn, stackProps } from './stack-props.ts';

/**
 * A function of the API. Each group of resources has its own function, so the function that serves
 * runs has no permission to change roles.
 */
export interface ApiGroup {
  readonly name: FunctionName;
  /** Derives the function's authority from the ARNs of the stack. */
  readonly authority: (arns: Arns, environment: Pick<Environment, 'api'>) => FunctionAuthority;
  /** Routes of the function. Empty for a function that only other functions call. */
  readonly routes: readonly Route[];
  /**
   * Timeout of one request. Whole seconds, at most 29.
   *
   * @default Duration.seconds(10)
   */
  readonly timeout?: Duration;
  /**
   * Memory in MiB.
   *
   * @default 256
   */
  readonly memorySize?: number;
}

export interface ApiStackProps {
  readonly environment: Environment;
  readonly groups: readonly ApiGroup[];
  readonly bundles: Bundles;
}

/** The HTTP API of an environment and the functions that answer it. */
export class ApiStack extends Stack {
  constructor(scope: Construct, id: string, { environment, groups, bundles }: ApiStackProps) {
    super(scope, id, stackProps(environment, 'HTTP API'));

    const arns = arnsIn(this, environment, {
      dataKey: importedId(this, environment, 'data-key-arn'),
      // another stack creates the secret. Each `?` matches one of the six random characters at the
      // end
      secret: (fn, name) =>
        this.formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          resourceName: `${namesOf(environment).secret(fn, name)}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
    });

    const made = groups.map(
      ({ authority: derive, routes, timeout = Duration.seconds(10), memorySize = 256 }) => {
        const authority = derive(arns, environment);
        const { name } = authority;

        const { function: target } = new GovernedFunction(this, name, {
          environment,
          arns,
          authority,
          bundle: bundles(name),
          timeout,
          memorySize,
        });

        return { name, function: target, routes };
      },
    );

    const {
      id: apiId,
      url,
      originTarget,
    } = new HttpApi(this, 'HttpApi', {
      environment,
      groups: made.filter(({ routes }) => routes.length > 0),
    });

    new GatewayAlarm(this, 'ServerErrors', { environment, arns, apiId });
    new CfnOutput(this, 'Url', { value: url });

    if (originTarget === undefined) return;

    new CfnOutput(this, 'OriginNamePointsTo', {
      value: originTarget,
      description: `DNS: what ${environment.api?.domain?.originName} is`,
    });
  }
}

/**
 * Creates the stack of an environment's API and, if the API has a domain, the stack of its edge.
 * Does not create stacks without routes.
 *
 * @returns the stacks. The first depends on the keys and the ledger, and the second does not depend
 *   on other stacks.
 */
export function placeApi(scope: Construct, props: ApiStackProps): Stack[] {
  const { environment, groups } = props;
  const { stack } = namesOf(environment);
  if (groups.length === 0) return [];
  const api = new ApiStack(scope, stack('Api'), props);
  return environment.api?.domain === undefined
    ? [api]
    : [api, new EdgeStack(scope, stack('Edge'), environment)];
}
