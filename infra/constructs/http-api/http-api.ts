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
  /**
   * Its `api` says who signs people's tokens, how many requests are taken, and under which names.
   */
  readonly environment: Environment;
  readonly groups: readonly RouteGroup[];
}

/**
 * The API of an environment: the routes of the table, and nothing else. There is no route for the
 * rest, so API Gateway answers an unknown path with 404 by itself. Pages of other sites cannot call
 * it, because CORS is off.
 *
 * Of a token, issuer, signature, audience and expiry are checked here. What the person may do is
 * for the function to decide, by the person's standing and not by what else the token says.
 *
 * AWS WAF takes no HTTP API, only REST ones: the firewall is in front of CloudFront. With a domain
 * the API has no public name but the origin's; whoever knows that one gets past the firewall, and
 * only the header that CloudFront adds tells a function so.
 */
export class HttpApi extends Construct {
  /** Drawn when it is made. */
  readonly id: string;
  /** Without a domain, what people use. With one, what CloudFront uses. */
  readonly url: string;
  /** What the DNS record of the origin's name points to, where there is a domain. */
  readonly originTarget: string | undefined;

  /**
   * @throws {@link ConfigurationError} when the environment has no `api`.
   * @throws `Error` naming everything that is wrong with the table of routes.
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
      // takes 1.3 too; the newer policies are for REST APIs only
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
    throw new ConfigurationError([
      `${id}: there are routes, and nobody who signs people's tokens: \`api\` is missing`,
    ]);

  const problems = checkGroups(groups, throttleOf(api));
  if (problems.length > 0)
    throw new Error(
      `the table of routes is refused:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );

  return api;
}

const limits = ({ rate, burst }: { rate: number; burst: number }) => ({
  rateLimit: rate,
  burstLimit: burst,
});

/** Gives each open route limits of its own. The library has no words for them yet. */
function limitEach(stage: HttpStage, open: FunctionRoutes['open']): void {
  if (open.length === 0) return;

  const settings = open.map(({ route }) => [
    routeKey(route),
    // all that a route has settings for must be said: what is left out is what AWS takes, not what
    // the stage says
    {
      ThrottlingRateLimit: route.throttle.rate,
      ThrottlingBurstLimit: route.throttle.burst,
      DetailedMetricsEnabled: true,
    },
  ]);

  (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(settings);
  // a stage that limits a route which is not there yet is refused
  stage.node.addDependency(...open.map(({ resource }) => resource));
}
