import type * as z from 'zod/mini';
import { visible } from '../command/visible.ts';
import { isLocal } from './address.ts';
import { ApiProblemError, PlatformUnreachableError } from './errors.ts';

/** Timeout of a request. API Gateway ends requests after 30 seconds. */
const TIMEOUT_MS = 35_000;
/**
 * Maximum size of a response. The largest response of the API, a page of 100 runs, is far smaller.
 */
const ANSWER_MAX_BYTES = 16 * 1_024 * 1_024;

export interface Connection {
  readonly base: URL;
  /** Access token; absent for requests without authentication. */
  readonly token?: string;
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST';
  /** Path segments before percent-encoding. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON value, or bytes that are sent unchanged. */
  readonly body?: object | Uint8Array;
}

/**
 * Sends a request to the API.
 *
 * @param schema - Schema of the response. Unknown members are ignored, because a newer platform may
 *   add them.
 * @throws {@link ApiProblemError} for problems returned by the platform;
 *   {@link PlatformUnreachableError} without a response, or if it does not match the schema.
 */
export async function sendRequest<Body>(
  { base, token }: Connection,
  request: ApiRequest,
  schema: z.ZodMiniType<Body>,
): Promise<Body> {
  const { method = 'GET', path, query = {}, headers = {}, body } = request;
  const url = new URL(`${base.href.replace(/\/$/, '')}/${path.map(encodeURIComponent).join('/')}`);

  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));

  const isBytes = body instanceof Uint8Array;
  const sentHeaders = new Headers({ accept: 'application/json' });
  if (token !== undefined) sentHeaders.set('authorization', `Bearer ${token}`);
  if (body !== undefined)
    sentHeaders.set('content-type', isBytes ? 'application/octet-stream' : 'application/json');
  for (const [name, value] of Object.entries(headers)) sentHeaders.set(name, value);

  try {
    const response = await fetch(url, {
      method,
      redirect: 'error', // a redirect could send the token to another host
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: sentHeaders,
      body: body === undefined ? undefined : isBytes ? Buffer.from(body) : JSON.stringify(body),
    });

    const parsed = parse(await textOf(response));
    if (!response.ok) throw problemOf(base, response.status, parsed);

    const result = schema.safeParse(parsed);
    if (result.success) return result.data;
    if (result.error.issues.every(({ code }) => code === 'unrecognized_keys'))
      return parsed as Body;

    throw notWrit(base, response.status);
  } catch (error) {
    if (error instanceof ApiProblemError || error instanceof PlatformUnreachableError) throw error;
    throw unreachable(base, error);
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;

  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > ANSWER_MAX_BYTES)
      throw new PlatformUnreachableError(
        `the response of the platform is longer than ${ANSWER_MAX_BYTES} bytes`,
      );

    parts.push(part);
  }

  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Converts a problem document to an error. A response without a code comes from a proxy in front of
 * the platform, or from another program.
 */
function problemOf(base: URL, status: number, parsed: object = {}): Error {
  const { code, detail, help, requestId } = parsed as {
    code?: unknown;
    detail?: unknown;
    help?: unknown;
    requestId?: unknown;
  };
  if (typeof code !== 'string') return proxyProblem(base, status, parsed);

  const request = typeof requestId === 'string' ? visible(requestId) : '';
  const text = typeof detail === 'string' && detail !== '' ? visible(detail) : `status ${status}`;

  return new ApiProblemError(
    visible(code),
    status >= 500 && request !== '' ? `${text} (request ${request})` : text,
    request === '' ? { status } : { status, requestId: request },
    { help: typeof help === 'string' ? visible(help) : undefined },
  );
}

/** Converts a response that API Gateway itself created, which has a `message` but no code. */
function proxyProblem(base: URL, status: number, parsed: { readonly message?: unknown }): Error {
  if (typeof parsed.message !== 'string') return notWrit(base, status);
  if (status === 413)
    return new ApiProblemError(
      'request.body-too-large',
      'the upload is larger than the platform takes',
      { status },
    );
  if (status === 429 || status === 503)
    return new PlatformUnreachableError(
      `the platform at ${base.origin} is busy (status ${status})`,
      {},
      { help: 'run the command again; repeating it is safe' },
    );

  return notWrit(base, status);
}

const notWrit = (base: URL, status: number) =>
  new PlatformUnreachableError(
    `the response from ${base.origin} (status ${status}) is not from the API of Writ`,
    {},
    { help: 'check the address in --api or WRIT_API, and proxies in front of the platform' },
  );

function unreachable(base: URL, error: unknown): PlatformUnreachableError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError') {
    return new PlatformUnreachableError(
      `no response from ${base.origin} within ${TIMEOUT_MS / 1_000} s`,
      {},
      { help: 'run the command again; repeating it is safe' },
    );
  }

  const help = isLocal(base)
    ? 'start the platform with "npm start"'
    : 'check the address in --api or WRIT_API, and your network';

  return new PlatformUnreachableError(
    `cannot connect to ${base.origin} (${cause?.code ?? 'the connection failed'})`,
    {},
    { cause: error, help },
  );
}
