import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { faultsInWords } from '#shared/kernel/index.ts';
import type { BodySchema, Described, ObjectSchema } from './endpoint.ts';
import { JSON_MAX_BYTES, readJsonBody } from './json.ts';
import { NotFoundError, RequestRefusedError } from './problem.ts';

/**
 * The most that can be uploaded, in bytes: the call of Lambda that takes it to the intake has 6 MB,
 * and it is a third longer as text.
 */
export const UPLOAD_MAX_BYTES = 4 * 1_024 * 1_024;
export const IDEMPOTENCY_KEY_MAX = 200;
const QUERY_MAX = 4_096;

/** The request's id: of API Gateway, whose own log has it as well; never of the sender. */
export function requestIdOf({ requestContext }: APIGatewayProxyEventV2): string {
  const { requestId } = requestContext;
  return /^[\w=+/.-]{1,64}$/.test(requestId) ? requestId : 'unnamed';
}

/** What came with a request, by the schemas of the operation. */
export interface Given {
  readonly given: { readonly path: object; readonly query: object; readonly body: unknown };
  readonly idempotencyKey: string;
}

/**
 * Reads a request by what its operation takes. What it does not take is refused, never passed over.
 *
 * @throws {@link NotFoundError} for a path that can lead nowhere; {@link RequestRefusedError} for
 *   all the rest.
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
 * Read from what was sent: API Gateway joins values of a parameter that is there twice, so two
 * readers could see two things.
 */
function queryOf(form: ObjectSchema | undefined, raw: string): object {
  if (raw.length > QUERY_MAX) throw queryRefused(`longer than ${QUERY_MAX} characters`);

  const given = new Map<string, string>();
  for (const part of raw.split('&').filter((one) => one !== '')) {
    const at = part.indexOf('=');
    const name = decoded(at === -1 ? part : part.slice(0, at));
    if (form === undefined || !Object.hasOwn(form.shape, name))
      throw queryRefused(`not of parameters that this operation takes${listed(form)}`);
    if (given.has(name)) throw queryRefused(`one that has the parameter ${name} twice`);

    given.set(name, decoded(at === -1 ? '' : part.slice(at + 1)));
  }

  if (form === undefined) return {};

  const value = Object.fromEntries(given);
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;

  const faults = faultsInWords(parsed.error, { schema: form, value, name: '' });

  throw queryRefused(`not of the form that this operation takes: ${faults.join('; ')}`);
}

const queryRefused = (what: string) =>
  new RequestRefusedError('request.query', `the query is ${what}`);
const listed = (form: ObjectSchema | undefined) =>
  form === undefined ? ': none' : `: ${Object.keys(form.shape).join(', ')}`;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw queryRefused('not percent-encoded UTF-8');
  }
}

function bodyOf(form: BodySchema | undefined, event: APIGatewayProxyEventV2): unknown {
  const sent = event.body ?? '';
  if (form === undefined) {
    if (sent !== '')
      throw new RequestRefusedError(
        'request.body',
        'there is a body, and this operation takes none',
      );

    return undefined;
  }

  const types = 'json' in form ? ['application/json'] : form.bytes;
  if (!isOneOf(types, event.headers['content-type']))
    throw new RequestRefusedError(
      'request.body-type',
      `the content type of the body is none of these: ${types.join(', ')}`,
    );

  checkEncoding(event.headers['content-encoding']);

  const most = 'json' in form ? JSON_MAX_BYTES : UPLOAD_MAX_BYTES;
  const bytes = bytesOf(event, most);
  if (!('json' in form)) return bytes;

  const value = readJsonBody(bytes);
  const parsed = form.json.safeParse(value);
  if (parsed.success) return parsed.data;

  const faults = faultsInWords(parsed.error, { schema: form.json, value, name: '' });

  throw new RequestRefusedError(
    'request.body',
    `the body is not of the form that this operation takes: ${faults.join('; ')}`,
  );
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

/** Codings that name one, so that nothing else that was sent gets into a message. */
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
 * Refuses a body that is compressed. It is never decompressed: a few bytes can become gigabytes.
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
    .map((coding) => (CODINGS.includes(coding) ? coding : 'another coding'))
    .join(', ');

  throw new RequestRefusedError(
    'request.body-encoding',
    `the header Content-Encoding says ${shown}; allowed is identity: send the body uncompressed, without the header`,
  );
}

/**
 * What API Gateway replaces bytes with that are not UTF-8, in a body as text. It can also be sent.
 */
const REPLACEMENT = '\ufffd';

function bytesOf(
  { body: sent = '', isBase64Encoded, headers }: APIGatewayProxyEventV2,
  most: number,
): Uint8Array {
  const encoding = isBase64Encoded ? 'base64' : 'utf8';
  const length = Buffer.byteLength(sent, encoding);
  if (length > most + (isBase64Encoded ? 2 : 0)) throw tooLarge(most); // before it is decoded
  if (
    !isBase64Encoded &&
    sent.includes(REPLACEMENT) &&
    String(length) !== headers['content-length']
  ) {
    // what is replaced becomes three bytes, of one to three: text of another length than was sent
    // is not what was sent. Three of the four bytes of one character are the one kind that keeps
    // the length, and is taken for U+FFFD
    throw new RequestRefusedError(
      'request.body',
      'the body is not text in UTF-8; what is not can be sent as application/octet-stream',
    );
  }

  const bytes = Buffer.from(sent, encoding);
  if (bytes.length > most) throw tooLarge(most);

  return bytes;
}

const tooLarge = (most: number) =>
  new RequestRefusedError(
    'request.body-too-large',
    `the body is larger than ${most} bytes, the most that this operation takes`,
    { most },
  );

/**
 * How a server that sees each header by itself joins two of them. No value has it, so it is no key.
 */
export const HEADERS_JOINED = '\n';
const QUOTED_TWICE = /^"(?:[^"\\]|\\.)*","/;

/**
 * Whether there were two. API Gateway joins them by a comma, which a key may have: there only two
 * equal or two quoted ones are found.
 */
function isTwice(header: string): boolean {
  const half = header.slice(0, (header.length - 1) / 2);
  return (
    header.includes(HEADERS_JOINED) || header === `${half},${half}` || QUOTED_TWICE.test(header)
  );
}

/**
 * As it is, or as the quoted string that the draft asks for.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header
 */
function keyOf(header = ''): string {
  if (isTwice(header))
    throw new RequestRefusedError(
      'request.idempotency-key',
      'the header Idempotency-Key is there more than once; allowed is one',
    );

  const key = /^"(.*)"$/.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1') ?? header;
  if (/^[\x20-\x7e]+$/.test(key) && key.length <= IDEMPOTENCY_KEY_MAX) return key;

  throw new RequestRefusedError(
    'request.idempotency-key',
    `the header Idempotency-Key has to have 1 to ${IDEMPOTENCY_KEY_MAX} characters, all of them printable ASCII; this one has ${key.length}`,
  );
}
