import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

/**
 * What the API writes down about each request: which route, how it ended, how long it took. Nothing
 * about the person.
 *
 * - The route (`GET /runs/{run}`), not the path: paths hold ids of people's runs and cases, and
 *   the one-time token of a link.
 * - No address, no user agent, no claim of a token: they are personal data. Who did what from
 *   where is in the trail, sealed.
 * - Codes, not messages: the text of an authorizer's or an integration's error may quote what was
 *   sent.
 *
 * The function is given the same request id. API Gateway writes `-` for what a request did not come
 * to, so every value is in quotes.
 *
 * @see
 *   https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const ACCESS_LOG = {
  requestId: '$context.requestId',
  at: '$context.requestTimeEpoch',
  route: '$context.routeKey',
  status: '$context.status',
  latencyMs: '$context.responseLatency',
  functionLatencyMs: '$context.integrationLatency',
  /** What calling the function came to, as Lambda says it; `status` is what the function says. */
  functionStatus: '$context.integration.integrationStatus',
  /** Why API Gateway answered in the function's place, such as `UNAUTHORIZED` or `THROTTLED`. */
  refusal: '$context.error.responseType',
  bytes: '$context.responseLength',
};

export const accessLogFormat = () => AccessLogFormat.custom(JSON.stringify(ACCESS_LOG));
