import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { Construct } from 'constructs';
import { ORIGIN_HEADER } from '#functions/wiring/origin-check.ts';
import type { ApiConfig, ApiDomain, Environment } from '../../config/environment.ts';
import { ConfigurationError } from '../../config/errors.ts';
import type { Arns } from '../../naming/arns.ts';
import { namesOf } from '../../naming/names.ts';
import { throttleOf } from '../http-api/throttle.ts';
import { answerHeaders } from './answer-headers.ts';
import { Firewall } from './firewall.ts';
import { OriginSecret } from './origin-secret.ts';

export interface EdgeProps {
  /** Environment of the edge. Its `api.domain` has the domain names. */
  readonly environment: Environment;
  readonly arns: Arns;
}

/** Region of CloudFront's certificates and firewalls. */
export const EDGE_REGION = 'us-east-1';

/**
 * The public endpoint: CloudFront, with a firewall in front and the API as origin. It does not
 * cache responses, and it adds the header by which the API's functions recognize its requests. It
 * accepts requests from all locations.
 *
 * It has no access log, because the log would contain addresses and be written to us-east-1 first.
 * The API's own log contains requests that reached the API. Metrics of CloudFront and of the
 * firewall count all other requests.
 */
export class Edge extends Construct {
  /** Target of the domain's DNS record. */
  readonly target: string;

  /**
   * @throws {@link ConfigurationError} if the environment's API has no domain.
   * @throws `Error` if the stack is not in {@link EDGE_REGION}.
   */
  constructor(scope: Construct, id: string, { environment, arns }: EdgeProps) {
    super(scope, id);

    const { region } = Stack.of(this);
    if (region !== EDGE_REGION)
      throw new Error(
        `the edge has to be in ${EDGE_REGION}, where CloudFront looks for it, not in ${region}`,
      );

    const api = apiOf(environment);
    const firewall = new Firewall(this, 'Firewall', { environment, perAddress: perAddress(api) });
    const secret = new OriginSecret(this, 'OriginSecret', { environment, arns });

    const distribution = new Distribution(this, 'Distribution', {
      comment: `Writ ${environment.id}`,
      domainNames: [api.domain.name],
      certificate: Certificate.fromCertificateArn(this, 'Certificate', api.domain.certificateArn),
      // allows TLS 1.3, and TLS 1.2 only with forward secrecy
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2025,
      httpVersion: HttpVersion.HTTP2_AND_3,
      webAclId: firewall.arn,
      errorResponses: FORGET_ERRORS,
      defaultBehavior: {
        origin: new HttpOrigin(api.domain.originName, {
          protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
          originSslProtocols: [OriginSslPolicy.TLS_V1_2],
          // replaces a header with this name if the client sends one
          customHeaders: { [ORIGIN_HEADER]: secret.reference },
        }),
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
        // API Gateway routes by the host header, which must name the origin
        originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        responseHeadersPolicy: new ResponseHeadersPolicy(
          this,
          'AnswerHeaders',
          answerHeaders(namesOf(environment).prefix),
        ),
        // no redirect, because the client would already have sent its token in clear text
        viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      },
    });

    Validations.of(distribution).acknowledge({
      id: 'AwsSolutions-CFR1',
      reason: 'people work from everywhere; tokens decide',
    });

    Validations.of(distribution).acknowledge({
      id: 'AwsSolutions-CFR3',
      reason: 'an access log holds addresses, in another region',
    });

    this.target = distribution.distributionDomainName;
  }
}

/**
 * Status codes that CloudFront must not cache. Even with caching disabled, CloudFront keeps errors
 * for ten seconds by path alone, so one person's "not found" would be served to the next person.
 *
 * @see
 *   https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
 */
const FORGET_ERRORS = [400, 403, 404, 405, 414, 500, 501, 502, 503, 504].map((httpStatus) => ({
  httpStatus,
  ttl: Duration.seconds(0),
}));

/**
 * Returns a fifth of the API's capacity in five minutes, so that one address cannot exhaust all of
 * it.
 */
const perAddress = (api: ApiConfig) => Math.max(10, Math.floor((throttleOf(api).rate * 300) / 5));

function apiOf({ id, api }: Environment): ApiConfig & { readonly domain: ApiDomain } {
  if (api?.domain !== undefined) return { ...api, domain: api.domain };
  throw new ConfigurationError([`${id}: CloudFront needs a domain: \`api.domain\` is missing`]);
}
