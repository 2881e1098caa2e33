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
  /** Authorizer of people's tokens. */
  readonly authorizer: IAuthorizer;
}

/**
 * Routes that one function answers, with requests in payload format 2.0.
 *
 * The construct consists of plain CloudFormation resources. The CDK's routes would nest the
 * integration under the first route, and would allow every method of a path to call the function.
 */
export class FunctionRoutes extends Construct {
  /** Routes without authentication. */
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
        authorizationType: open ? 'NONE' : 'JWT',
        authorizerId: open ? undefined : authorizerId,
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
 * Allows one route of one API to call the function.
 *
 * The source ARN of a call is the ARN of the route, with names of parameters instead of their
 * values. Only the stage is a wildcard, and an API has only one stage. The ARN includes the
 * account, so a second condition on `aws:SourceAccount` would not add protection, and would deny
 * calls if API Gateway did not send that key.
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
