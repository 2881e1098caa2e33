import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { omitUndefined } from '#shared/kernel/index.ts';
import { HEADERS_JOINED } from '../framework/http/request.ts';

/** HTTP request to convert to an event. */
export interface ReceivedRequest {
  readonly method: string;
  /** HTTP version, such as `1.1`. */
  readonly httpVersion: string;
  /** Alternating names and values, as received. */
  readonly rawHeaders: readonly string[];
  /** Address of the sender. */
  readonly from: string;
  readonly path: string;
  /** Text after the first `?`, as received; empty if there is no `?`. */
  readonly query: string;
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>> | undefined;
  readonly body: Buffer;
  /** Request id that API Gateway assigns. */
  readonly requestId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * Returns the event that API Gateway creates for a request: HTTP API, payload 2.0, stage
 * `$default`. Header names are in lower case, repeated headers are joined by commas (except those
 * in {@link ONCE}), cookies are in a separate member, and the body is text only for the media types
 * that API Gateway treats as text.
 */
export function gatewayEvent(request: ReceivedRequest): APIGatewayProxyEventV2 {
  const {
    method,
    httpVersion,
    rawHeaders,
    from,
    path,
    query,
    routeKey,
    parameters,
    body,
    requestId,
    at,
  } = request;

  const headers = headersOf(rawHeaders);
  const { cookie, ...others } = headers;
  const isText = isTextual(headers['content-type'] ?? '') && !isLossyAsText(body);
  const queryParameters = joinValues([...new URLSearchParams(query)]);

  return omitUndefined({
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    cookies: cookie === undefined ? undefined : cookie.split(/[;,] */),
    headers: others,
    queryStringParameters: query === '' ? undefined : queryParameters,
    pathParameters: parameters,
    requestContext: {
      accountId: 'local',
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method,
        path,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: from,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(at),
      timeEpoch: at,
    },
    body: body.length === 0 ? undefined : body.toString(isText ? 'utf8' : 'base64'),
    isBase64Encoded: body.length > 0 && !isText,
  });
}

/** Returns the headers by lower-case name, with unchanged values. */
export function headersOf(raw: readonly string[]): Record<string, string> {
  const pairs = raw.flatMap((name, i) =>
    i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1] ?? ''] as const] : [],
  );
  return joinValues(pairs, (name) => (ONCE.has(name) ? HEADERS_JOINED : ','));
}

/**
 * Headers that a function refuses when repeated although their value may contain a comma. In other
 * headers that must not be repeated, the function refuses any comma.
 */
const ONCE: ReadonlySet<string> = new Set(['idempotency-key']);

function joinValues(
  pairs: readonly (readonly [string, string])[],
  by: (name: string) => string = () => ',',
): Record<string, string> {
  const values = Map.groupBy(pairs, ([name]) => name);
  return Object.fromEntries(
    [...values].map(([name, of]) => [name, of.map(([, value]) => value).join(by(name))]),
  );
}

/**
 * Returns true for a text content type. All other bodies arrive in base64, including those without
 * a content type.
 */
function isTextual(contentType: string): boolean {
  const type = contentType.split(';')[0]?.trim().toLowerCase() ?? '';
  return (
    type.startsWith('text/') ||
    ['application/json', 'application/xml', 'application/javascript'].includes(type)
  );
}

const REPLACEMENT = Buffer.from('\ufffd');

/**
 * Returns true if the body would change when converted to text. API Gateway replaces bytes that are
 * not UTF-8 with U+FFFD, which a client can also send. Here, such a body keeps its bytes, so that a
 * function can report the fault.
 */
const isLossyAsText = (body: Buffer) => !isUtf8(body) || body.includes(REPLACEMENT);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Formats a time in the common log format: `12/Mar/2027:19:03:58 +0000`. */
function commonLogTime(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
