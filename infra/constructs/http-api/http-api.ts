import {
  type CfnStage,
  DomainName,
  EndpointType,
  HttpApi as Gateway,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpStage,
  LogGroupLogDestination,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { routeKey } from '#functions/framework/http/route.ts';
import type { ApiConfig, ApiDomain, Environment } from '../../config/environment.ts';
import { ConfigurationError } from '../../config/errors.ts';
import { namesOf } from '../../naming/names.ts';
import { removalPolicy } from '../removal-policy.ts';
import { accessLogFormat } from './access-log.ts';
import { checkGroups, type RouteGroup } from './check-groups.ts';
import { FunctionRoutes } from './function-routes.ts';
import { throttleOf } from './throttle.ts';

export interface HttpApiProps {
  /** Environment of the API. Its `api` has the token issuer, the request limits and the domain. */
  readonly environment: Environment;
  readonly groups: readonly RouteGroup[];
}

/**
 * The HTTP API of an environment, with exactly the routes of the table. API Gateway answers unknown
 * paths with 404. CORS is off, so pages of other sites cannot call the API.
 *
 * API Gateway checks the issuer, signature, audience and expiry of tokens. Functions authorize the
 * person by the directory, not by other claims of the token.
 *
 * AWS WAF supports only REST APIs, so the firewall is in front of CloudFront. If the environment
 * has a domain, the API itself is public only under the origin's name. Callers who know that name
 * can bypass the firewall, but functions detect them because the header that CloudFront adds is
 * missing.
 */
export class HttpApi extends Construct {
  /** Id that API Gateway assigns. */
  readonly id: string;
  /** Public URL or, if the environment has a domain, the URL that CloudFront uses. */
  readonly url: string;
  /** Target of the DNS record of the origin's name. Undefined without a domain. */
  readonly originTarget: string | undefined;

  /**
   * @throws {@link ConfigurationError} if the environment has no `api`.
   * @throws `Error` listing every problem of the routes.
   */
  constructor(scope: Construct, id: string, { environment, groups }: HttpApiProps) {
    super(scope, id);

    const settings = apiOf(environment, groups);
    const domain = settings.domain && this.#originName(settings.domain);
    const api = new Gateway(this, 'Api', {
      apiName: namesOf(environment).prefix,
      createDefaultStage: false,
      disableExecuteApiEndpoint: domain !== undefined,
    });

    const authorizer = new HttpAuthorizer(this, 'Persons', {
      httpApi: api,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: settings.issuer,
      jwtAudience: [...settings.audience],
    });

    const open = groups.flatMap(
      (group) => new FunctionRoutes(this, group.name, { ...group, api, authorizer }).open,
    );

    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      detailedMetricsEnabled: true,
      throttle: limits(throttleOf(settings)),
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.#accessLog(environment)),
        format: accessLogFormat(),
      },
      domainMapping: domain === undefined ? undefined : { domainName: domain },
    });

    limitEach(stage, open);
    this.id = api.apiId;
    this.url = domain === undefined ? stage.url : stage.domainUrl;
    this.originTarget = domain?.regionalDomainName;
  }

  #originName({ originName, originCertificateArn }: ApiDomain): DomainName {
    return new DomainName(this, 'OriginName', {
      domainName: originName,
      certificate: Certificate.fromCertificateArn(this, 'OriginCertificate', originCertificateArn),
      endpointType: EndpointType.REGIONAL,
      // also allows TLS 1.3. Newer policies are only for REST APIs
      securityPolicy: SecurityPolicy.TLS_1_2,
    });
  }

  #accessLog(environment: Environment): LogGroup {
    return new LogGroup(this, 'AccessLog', {
      logGroupName: namesOf(environment).logGroup('api.access'),
      retention: environment.logRetentionDays,
      removalPolicy: removalPolicy(environment),
    });
  }
}

function apiOf({ id, api }: Environment, groups: readonly RouteGroup[]): ApiConfig {
  if (api === undefined)
    throw new ConfigurationError([`${id}: an API needs a token issuer: \`api\` is missing`]);

  const problems = checkGroups(groups, throttleOf(api));
  if (problems.length > 0)
    throw new Error(
      `the routes are invalid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );

  return api;
}

const limits = ({ rate, burst }: { rate: number; burst: number }) => ({
  rateLimit: rate,
  burstLimit: burst,
});

/** Sets limits for each open route. The CDK does not support limits for routes yet. */
function limitEach(stage: HttpStage, open: FunctionRoutes['open']): void {
  if (open.length === 0) return;

  const settings = open.map(({ route }) => [
    routeKey(route),
    // all settings are needed, because an omitted one has the default of AWS, not the value of the
    // stage
    {
      ThrottlingRateLimit: route.throttle.rate,
      ThrottlingBurstLimit: route.throttle.burst,
      DetailedMetricsEnabled: true,
    },
  ]);

  (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(settings);
  // API Gateway rejects a stage with limits for a route that does not exist yet
  stage.node.addDependency(...open.map(({ resource }) => resource));
}
