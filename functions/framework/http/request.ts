import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { describeIssues } from '#shared/kernel/index.ts';
import type { BodySchema, Described, ObjectSchema } from './endpoint.ts';
import { JSON_MAX_BYTES, readJsonBody } from './json.ts';
import { NotFoundError, RequestRefusedError } from './problem.ts';

/**
 * Maximum size of an upload in bytes. The Lambda call that passes it to the intake is limited to 6
 * MB, and base64 adds a third.
 */
export const UPLOAD_MAX_BYTES = 4 * 1_024 * 1_024;
export const IDEMPOTENCY_KEY_MAX = 200;
const QUERY_MAX = 4_096;

/** Returns the request id that API Gateway assigned and logs, never an id chosen by the sender. */
export function requestIdOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { requestId } = requestContext;
  return /^[\w=+/.-]{1,64}$/.test(requestId) ? requestId : 'unnamed';
}

/** Validated input of a request. */
export interface Given {
  readonly given: { readonly path: object; readonly query: object; readonly body: unknown };
  readonly idempotencyKey: string;
}

/**
 * Validates a request against the schemas of its operation. Refuses input that the operation does
 * not declare.
 *
 * @throws {@link NotFoundError} for a malformed path.
 * @throws {@link RequestRefusedError} for any other malformed input.
 */
export function readRequest(
  { request }: Pick<Described, 'request'>,
  event: APIGatewayProxyEventV2,
): Given {
  return {
    given: {
      path: pathOf(request.path, event),
      query: queryOf(request.query, event.rawQueryString ?? ''),
      body: bodyOf(request.body, event),
    },
    idempotencyKey: request.idempotencyKey ? keyOf(event.headers['idempotency-key']) : '',
  };
}

function pathOf(form: ObjectSchema | undefined, event: APIGatewayProxyEventV2): object {
  if (form === undefined) return {};
  const parsed = form.safeParse(event.pathParameters ?? {});
  if (!parsed.success) throw new NotFoundError('the reference is malformed');
  return parsed.data;
}

/**
 * Parses the raw query string. API Gateway joins repeated parameters, so two parsers could disagree
 * about their value.
 */
function queryOf(form: ObjectSchema | undefined, raw: string): object {
  if (raw.length > QUERY_MAX) throw queryRefused(`is longer than ${QUERY_MAX} characters`);

  const given = new Map<string, string>();
  for (const part of raw.split('&').filter((one) => one !== '')) {
    const at = part.indexOf('=');
    const name = decoded(at === -1 ? part : part.slice(0, at));
    if (form === undefined || !Object.hasOwn(form.shape, name))
      throw queryRefused(`has an unknown parameter; allowed: ${listNames(form)}`);
    if (given.has(name)) throw queryRefused(`repeats the parameter ${name}`);

    given.set(name, decoded(at === -1 ? '' : part.slice(at + 1)));
  }

  if (form === undefined) return {};

  const value = Object.fromEntries(given);
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;

  const faults = describeIssues(parsed.error, { schema: form, value, name: '' });

  throw queryRefused(`is invalid: ${faults.join('; ')}`);
}

const queryRefused = (fault: string) =>
  new RequestRefusedError('request.query', `the query ${fault}`);
const listNames = (form: ObjectSchema | undefined) =>
  form === undefined ? 'none' : Object.keys(form.shape).join(', ');

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw queryRefused('is not percent-encoded UTF-8');
  }
}

function bodyOf(form: BodySchema | undefined, event: APIGatewayProxyEventV2): unknown {
  const sent = event.body ?? '';
  if (form === undefined) {
    if (sent !== '') throw new RequestRefusedError('request.body', 'the operation accepts no body');

    return undefined;
  }

  const types = 'json' in form ? ['application/json'] : form.bytes;
  if (!isOneOf(types, event.headers['content-type']))
    throw new RequestRefusedError(
      'request.body-type',
      `the content type is not supported; allowed: ${types.join(', ')}`,
    );

  checkEncoding(event.headers['content-encoding']);

  const max = 'json' in form ? JSON_MAX_BYTES : UPLOAD_MAX_BYTES;
  const bytes = bytesOf(event, max);
  if (!('json' in form)) return bytes;

  const value = readJsonBody(bytes);
  const parsed = form.json.safeParse(value);
  if (parsed.success) return parsed.data;

  const faults = describeIssues(parsed.error, { schema: form.json, value, name: '' });

  throw new RequestRefusedError('request.body', `the body is invalid: ${faults.join('; ')}`);
}

function isOneOf(types: readonly string[], header: string | undefined): boolean {
  const [type = '', ...parameters] = (header ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());

  const charsets = parameters
    .filter((one) => one.startsWith('charset='))
    .map((one) => one.slice('charset='.length).replaceAll('"', ''));

  return types.includes(type) && charsets.every((charset) => charset === 'utf-8');
}

/** Known content codings. Messages repeat only these, and no other part of the request. */
const CODINGS = [
  'aws-chunked',
  'br',
  'bzip2',
  'compress',
  'deflate',
  'gzip',
  'x-compress',
  'x-gzip',
  'zstd',
];

/**
 * Refuses a compressed body. Bodies are never decompressed, because a few bytes can expand to
 * gigabytes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110, section 8.4
 */
function checkEncoding(header = ''): void {
  const codings = header
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => !['', 'identity'].includes(coding));
  if (codings.length === 0) return;

  const shown = codings
    .map((coding) => (CODINGS.includes(coding) ? coding : 'an unknown coding'))
    .join(', ');

  throw new RequestRefusedError(
    'request.body-encoding',
    `the header Content-Encoding names ${shown}; send the body uncompressed, without the header`,
  );
}

/**
 * Character that API Gateway substitutes for bytes that are not UTF-8 in a text body. A client can
 * also send it.
 */
const REPLACEMENT = '\ufffd';

function bytesOf(
  { body: sent = '', isBase64Encoded, headers }: APIGatewayProxyEventV2,
  max: number,
): Uint8Array {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const length = Buffer.byteLength(sent, encoding);
  if (length > max + (isBase64Encoded ? 2 : 0)) throw tooLarge(max); // before decoding
  if (
    !isBase64Encoded &&
    sent.includes(REPLACEMENT) &&
    String(length) !== headers['content-length']
  ) {
    // API Gateway replaces each invalid sequence of one to three bytes with three bytes, so a text
    // whose length changed was altered. Only an invalid sequence of three bytes (the start of a
    // four-byte character) keeps the length and is mistaken for U+FFFD.
    throw new RequestRefusedError(
      'request.body',
      'the body is not UTF-8 text; send other bytes as application/octet-stream',
    );
  }

  const bytes = Buffer.from(sent, encoding);
  if (bytes.length > max) throw tooLarge(max);

  return bytes;
}

const tooLarge = (max: number) =>
  new RequestRefusedError(
    'request.body-too-large',
    `the body is larger than ${max} bytes, the limit of this operation`,
    { most: max },
  );

/**
 * Separator with which a server that sees each header separately joins repeated headers. No header
 * value contains it, so a joined value is not a valid key.
 */
export const HEADERS_JOINED = '\n';
const QUOTED_TWICE = /^"(?:[^"\\]|\\.)*","/;

/**
 * Detects a repeated header. API Gateway joins values with a comma, which a key may contain.
 * Therefore, only two equal or two quoted values are detected on AWS.
 */
function isRepeated(header: string): boolean {
  const half = header.slice(0, (header.length - 1) / 2);
  return (
    header.includes(HEADERS_JOINED) || header === `${half},${half}` || QUOTED_TWICE.test(header)
  );
}

/**
 * Returns the idempotency key. It may be sent as plain text or as the quoted string of the IETF
 * draft.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header
 */
function keyOf(header = ''): string {
  if (isRepeated(header))
    throw new RequestRefusedError(
      'request.idempotency-key',
      'the header Idempotency-Key is repeated; send it once',
    );

  const key = /^"(.*)"$/.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1') ?? header;
  if (/^[\x20-\x7e]+$/.test(key) && key.length <= IDEMPOTENCY_KEY_MAX) return key;

  throw new RequestRefusedError(
    'request.idempotency-key',
    `the header Idempotency-Key must have 1 to ${IDEMPOTENCY_KEY_MAX} printable ASCII characters, got ${key.length} characters`,
  );
}
