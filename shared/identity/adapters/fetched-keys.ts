import { InvalidInputError, readObject, SECOND } from '#shared/kernel/index.ts';
import { IdentityUnavailableError } from '../errors.ts';
import { KEY_SET_MAX_BYTES, parseKeySet } from '../key-set.ts';
import type { IssuerKeys } from '../ports.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const LOOPBACK: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

export interface FetchedKeysOptions {
  /**
   * Issuer of the environment, exactly as in the claim `iss` of its tokens: an `https` URL without
   * query or fragment.
   */
  readonly issuer: string;
  /** @default false - for a provider on this machine, in tests */
  readonly allowLoopback?: boolean;
  /** @default 5000 - for both requests together */
  readonly timeoutMs?: number;
}

/**
 * The {@link IssuerKeys} of any OpenID Connect provider (OpenID Connect Discovery 1.0): two
 * requests, which together take at most five seconds. Each response has at most 64 KiB. Redirects
 * are not followed.
 *
 * @throws {@link InvalidInputError} `identity.issuer` for an invalid issuer URL.
 */
export function fetchedKeys({
  issuer,
  allowLoopback = false,
  timeoutMs = 5 * SECOND,
}: FetchedKeysOptions): IssuerKeys {
  const isTrusted = (address: URL) =>
    address.username === '' &&
    address.password === '' &&
    (address.protocol === 'https:' ||
      (allowLoopback && address.protocol === 'http:' && LOOPBACK.includes(address.hostname)));

  const issuerUrl = URL.parse(issuer);
  if (
    issuerUrl === null ||
    !isTrusted(issuerUrl) ||
    issuerUrl.search !== '' ||
    issuerUrl.hash !== ''
  )
    throw new InvalidInputError(
      'identity.issuer',
      `"${issuer.slice(0, 200)}" is no issuer: an https address without query or fragment`,
      {},
      { help: 'Correct the issuer in the configuration.' },
    );

  const discovery = new URL(issuer.replace(/\/$/, '') + DISCOVERY);

  return {
    async read() {
      const signal = AbortSignal.timeout(timeoutMs);
      const described = readObject(await load(discovery, signal));
      const address =
        typeof described?.jwks_uri === 'string' ? URL.parse(described.jwks_uri) : null;
      // a document of another issuer could present that issuer's keys as the keys of this issuer
      if (described?.issuer !== issuer || address === null || !isTrusted(address))
        throw new IdentityUnavailableError('discovery');

      return parseKeySet(await load(address, signal));
    },
  };
}

async function load(address: URL, signal: AbortSignal): Promise<Uint8Array> {
  try {
    const answer = await fetch(address, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    if (answer.status !== 200) {
      await answer.body?.cancel();
      throw new IdentityUnavailableError(`http-${answer.status}`);
    }

    return await readLimited(answer.body);
  } catch (error) {
    throw error instanceof IdentityUnavailableError
      ? error
      : new IdentityUnavailableError(reasonOf(error));
  }
}

async function readLimited(body: AsyncIterable<Uint8Array> | null): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;

  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > KEY_SET_MAX_BYTES) throw new IdentityUnavailableError('too-large');
    chunks.push(chunk);
  }

  return Buffer.concat(chunks);
}

/**
 * Returns the name of a network error. Its message can contain text that the remote server chose.
 */
function reasonOf(error: unknown): string {
  const { name, cause } = (error ?? {}) as {
    readonly name?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  const code = cause?.code;
  if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)) return code;
  return name === 'TimeoutError' ? 'timeout' : 'network';
}
