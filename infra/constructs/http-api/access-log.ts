import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

/**
 * Fields of the API's access log: route, result and duration. Nothing about the person.
 *
 * - The route (`GET /runs/{run}`), not the path: paths contain ids of people's runs and cases, and
 *   one-time tokens of links.
 * - No address, no user agent, no claim of a token: they are personal data. The trail records who
 *   did what from where, sealed.
 * - Codes, not messages: an error text of an authorizer or an integration may quote the request.
 *
 * The function gets the same request id. API Gateway writes `-` for values that a request does not
 * have, so every value is quoted.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const ACCESS_LOG = {
  requestId: '$context.requestId',
  at: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  functionLatencyMs: '$context.integrationLatency',
  /** Status of the invocation, from Lambda; `status` is the function's own. */
  functionStatus: '$context.integration.integrationStatus',
  /**
   * Reason why API Gateway answered instead of the function, such as `UNAUTHORIZED` or `THROTTLED`.
   */
  refusal: '$context.error.responseType',
  bytes: '$context.responseLength',
};

export const accessLogFormat = () => AccessLogFormat.custom(JSON.stringify(ACCESS_LOG));
