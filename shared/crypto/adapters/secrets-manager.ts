import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { type Clock, MINUTE } from '#shared/kernel/index.ts';
import { SecretMissingError, SecretUnavailableError } from '../errors.ts';
import type { SecretVault } from '../ports.ts';

/** Lifetime of a cached value, from the time of the request. The port allows five minutes. */
export const SECRET_CACHE_MS = MINUTE;
const MAX_CACHED_SECRETS = 64;

/** Location of the secrets of one function. */
export interface SecretsManagerVaultOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /**
   * Returns the name or ARN of a secret in the account, derived from environment and owner;
   * `undefined` for a name that no secret can have.
   */
  readonly secretId: (name: string) => string | undefined;
  readonly clock: Clock;
}

/** Creates a client with the settings of {@link AWS_CLIENT}. */
export function secretsManagerClient(
  config: SecretsManagerClientConfig = {},
): SecretsManagerClient {
  return new SecretsManagerClient({ ...AWS_CLIENT, ...config });
}

/**
 * Permanent errors of Secrets Manager, which mean that this caller cannot read the secret:
 * `InvalidRequestException` for a secret that is marked for deletion, `InvalidParameterException`
 * and `ValidationException` for a name that no secret can have.
 *
 * @see AWS Secrets Manager API reference, GetSecretValue, "Errors", and "Common errors"
 */
const MISSING: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'ResourceNotFoundException',
  'ValidationException',
]);

interface CachedSecret {
  readonly value: string;
  readonly requestedAt: number;
}

/**
 * The {@link SecretVault} on AWS Secrets Manager: reads the text of the version `AWSCURRENT`, so an
 * unfinished rotation has no effect. A binary secret counts as missing.
 *
 * Caches at most 64 values in memory, each for at most a minute from the time of the request.
 * Concurrent reads of one secret share one request. Failures are not cached, and expired values are
 * never returned.
 */
export class SecretsManagerVault implements SecretVault {
  readonly #options: SecretsManagerVaultOptions;
  readonly #cache = new Map<string, CachedSecret>();
  /** Latest pending request of each name. */
  readonly #pending = new Map<string, Promise<string>>();

  constructor(options: SecretsManagerVaultOptions) {
    this.#options = options;
  }

  async get(name: string, { fresh = false }: { readonly fresh?: boolean } = {}): Promise<string> {
    // the vault may have responded to a pending request before the secret was rotated
    if (fresh) return this.#request(name);
    return this.#cached(name) ?? this.#pending.get(name) ?? this.#request(name);
  }

  #cached(name: string): string | undefined {
    const cached = this.#cache.get(name);
    if (cached === undefined) return undefined;
    const age = this.#options.clock.now() - cached.requestedAt;
    // a clock that steps back does not extend the lifetime
    if (age >= 0 && age < SECRET_CACHE_MS) return cached.value;
    this.#cache.delete(name);
    return undefined;
  }

  #request(name: string): Promise<string> {
    const requestedAt = this.#options.clock.now();

    const pending = this.#fetch(name).then(
      (value) => {
        if (this.#finish(name, pending)) this.#store(name, { value, requestedAt });
        return value;
      },
      (error: unknown) => {
        if (this.#finish(name, pending) && error instanceof SecretMissingError)
          this.#cache.delete(name);
        throw error;
      },
    );

    this.#pending.set(name, pending);

    return pending;
  }

  /**
   * Removes the pending request. Returns false if a later request was started. The result of the
   * earlier request is then returned, but not cached.
   */
  #finish(name: string, pending: Promise<string>): boolean {
    return this.#pending.get(name) === pending && this.#pending.delete(name);
  }

  #store(name: string, secret: CachedSecret): void {
    this.#cache.delete(name);
    const oldest = this.#cache.keys().next();
    if (this.#cache.size >= MAX_CACHED_SECRETS && !oldest.done) this.#cache.delete(oldest.value);
    this.#cache.set(name, secret);
  }

  async #fetch(name: string): Promise<string> {
    const { client, secretId } = this.#options;
    const id = secretId(name);
    if (id === undefined) throw new SecretMissingError(name);

    let value: string | undefined;
    try {
      ({ SecretString: value } = await client.send(
        new GetSecretValueCommand({ SecretId: id, VersionStage: 'AWSCURRENT' }),
      ));
    } catch (error) {
      const reason = awsErrorName(error);
      throw MISSING.has(reason)
        ? new SecretMissingError(name)
        : new SecretUnavailableError(name, reason);
    }

    if (value === undefined) throw new SecretMissingError(name);

    return value;
  }
}
