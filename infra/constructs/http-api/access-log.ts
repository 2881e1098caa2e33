import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';

/**
 * Fields of the API's access log: route, result and duration, without data about the person.
 *
 * - The log contains the route (`GET /runs/{run}`), not the path, because paths contain ids of
 *   people's runs and cases, and one-time tokens of links.
 * - It does not contain addresses, user agents or claims of tokens, because they are personal data.
 *   The trail records people, actions and addresses, and seals them.
 * - It contains codes, not messages, because an error message of an authorizer or an integration
 *   may quote the request.
 *
 * The function receives the same request id. API Gateway writes `-` for missing values, so every
 * value is quoted.
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
  /** Status of the invocation, from Lambda. `status` is the status that the function returned. */
  functionStatus: '$context.integration.integrationStatus',
  /**
   * Reason for a response from API Gateway instead of the function, such as `UNAUTHORIZED` or
   * `THROTTLED`.
   */
  refusal: '$context.error.responseType',
  bytes: '$context.responseLength',
};

export const accessLogFormat = () => AccessLogFormat.custom(JSON.stringify(ACCESS_LOG));
