import type * as z from 'zod/mini';
import { visible } from '../command/visible.ts';
import { isLocal } from './address.ts';
import { ApiProblemError, PlatformUnreachableError } from './errors.ts';

/** How long an answer may take. API Gateway ends at 30 seconds. */
const TIMEOUT_MS = 35_000;
/** Of an answer. The longest there is, a page of a hundred runs, is far below. */
const ANSWER_MAX_BYTES = 16 * 1_024 * 1_024;

export interface Asked {
  readonly method?: 'GET' | 'POST';
  /** Segments of the path, each as it is. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or bytes as they are. */
  readonly body?: object | Uint8Array;
}

/**
 * Asks an API one thing.
 *
 * @param form - Of the answer. What a newer platform tells besides is left alone.
 * @throws {@link ApiProblemError} what the platform refused, {@link PlatformUnreachableError}: an
 *   answer of another form, too.
 */
export async function ask<Body>(
  base: URL,
  token: string | undefined,
  asked: Asked,
  form: z.ZodMiniType<Body>,
): Promise<Body> {
  const { method = 'GET', path, query = {}, headers = {}, body } = asked;
  const url = new URL(`${base.href.replace(/\/$/, '')}/${path.map(encodeURIComponent).join('/')}`);

  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));

  const isBytes = body instanceof Uint8Array;
  try {
    const response = await fetch(url, {
      method,
      redirect: 'error', // a token goes where it was sent, and nowhere else
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : isBytes ? Buffer.from(body) : JSON.stringify(body),
    });

    const parsed = parse(await textOf(response));
    if (!response.ok) throw problemOf(base, response.status, parsed);
    const read = form.safeParse(parsed);
    if (read.success) return read.data;
    if (read.error.issues.every(({ code }) => code === 'unrecognized_keys')) return parsed as Body;

    throw stranger(base, response.status);
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
      throw new PlatformUnreachableError(`the answer is longer than ${ANSWER_MAX_BYTES} bytes`);
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
 * A problem document as an error. An answer that is none comes from something in front of the
 * platform, or from a stranger.
 */
function problemOf(base: URL, status: number, parsed: object = {}): Error {
  const { code, detail, help, requestId } = parsed as {
    code?: unknown;
    detail?: unknown;
    help?: unknown;
    requestId?: unknown;
  };
  if (typeof code !== 'string') return byItself(base, status, parsed);

  const request = typeof requestId === 'string' ? visible(requestId) : '';
  const words = typeof detail === 'string' && detail !== '' ? visible(detail) : `status ${status}`;

  return new ApiProblemError(
    visible(code),
    status >= 500 && request !== '' ? `${words} (request ${request})` : words,
    request === '' ? { status } : { status, requestId: request },
    { help: typeof help === 'string' ? visible(help) : undefined },
  );
}

/** What stands in front of the functions answers by itself with a `message` and no code. */
function byItself(base: URL, status: number, parsed: { readonly message?: unknown }): Error {
  if (typeof parsed.message !== 'string') return stranger(base, status);
  if (status === 413)
    return new ApiProblemError(
      'request.body-too-large',
      'the upload is larger than the platform takes',
      { status },
    );
  if (status === 429 || status === 503)
    return new PlatformUnreachableError(`the platform at ${base.origin} is busy; ask again`);

  return stranger(base, status);
}

const stranger = (base: URL, status: number) =>
  new PlatformUnreachableError(
    `what answers at ${base.origin} with status ${status} is not the API of Writ, or something in front of it`,
  );

function unreachable(base: URL, error: unknown): PlatformUnreachableError {
  const { name, cause } = error as { name?: string; cause?: { code?: string } };
  if (name === 'TimeoutError') {
    return new PlatformUnreachableError(
      `no answer from ${base.origin} within ${TIMEOUT_MS / 1_000} s; asking again does no harm`,
    );
  }

  const why = isLocal(base) ? 'start it with npm start' : (cause?.code ?? 'the connection failed');

  return new PlatformUnreachableError(
    `nobody answers at ${base.origin}; ${why}`,
    {},
    { cause: error },
  );
}
