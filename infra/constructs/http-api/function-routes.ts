import { Validations } from 'aws-cdk-lib';
import {
  CfnIntegration,
  CfnRoute,
  type HttpApi,
  type IAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type OpenRoute, type Route, routeKey, withHead } from '#functions/framework/http/route.ts';
import type { RouteGroup } from './check-groups.ts';

export interface FunctionRoutesProps extends RouteGroup {
  readonly api: HttpApi;
  /** Checks the tokens of people. */
  readonly authorizer: IAuthorizer;
}

/**
 * The routes that one function answers, with requests as payload 2.0.
 *
 * Made of plain resources: the library's routes put the integration under whichever route comes
 * first in the table, and let the function be called by every method of a path.
 */
export class FunctionRoutes extends Construct {
  /** Those that anybody reaches. */
  readonly open: readonly { readonly route: OpenRoute; readonly resource: CfnRoute }[];

  constructor(
    scope: Construct,
    id: string,
    { api, authorizer, function: target, routes }: FunctionRoutesProps,
  ) {
    super(scope, id);

    const integration = new CfnIntegration(this, 'Integration', {
      apiId: api.apiId,
      integrationType: 'AWS_PROXY',
      integrationUri: target.functionArn,
      payloadFormatVersion: '2.0',
    });

    const { authorizerId } = authorizer.authorizerRef;

    this.open = withHead(routes).flatMap((route) => {
      const open = route.authentication === 'none';

      const resource = new CfnRoute(this, routeKey(route), {
        apiId: api.apiId,
        routeKey: routeKey(route),
        target: `integrations/${integration.ref}`,
        ...(open ? { authorizationType: 'NONE' } : { authorizationType: 'JWT', authorizerId }),
      });

      letCall(this, { api, function: target }, route);

      if (!open) return [];

      Validations.of(resource).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason: 'open by the table of routes, with limits of its own',
      });

      return [{ route, resource }];
    });
  }
}

/**
 * Lets one route of one API call the function.
 *
 * The ARN that API Gateway gives with a call is that of the route, with the names of parameters in
 * place of their values, so nothing in it has to be left open but the stage, of which there is one.
 * It also holds the account. A second condition, on `aws:SourceAccount`, would say nothing more,
 * and where API Gateway does not send that key it would refuse every call.
 */
function letCall(
  scope: Construct,
  { api, function: target }: Pick<FunctionRoutesProps, 'api' | 'function'>,
  route: Route,
): void {
  target.addPermission(`Call ${routeKey(route)}`, {
    scope,
    principal: new ServicePrincipal('apigateway.amazonaws.com'),
    sourceArn: api.arnForExecuteApi(route.method, route.path),
  });
}
