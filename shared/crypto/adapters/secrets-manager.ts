import {
  GetSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerClientConfig,
} from '@aws-sdk/client-secrets-manager';
import { AWS_CLIENT, awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import { type Clock, MINUTE } from '#shared/kernel/index.ts';
import { SecretMissingError, SecretUnavailableError } from '../errors.ts';
import type { SecretVault } from '../ports.ts';

/** How long a value may be handed out after it was asked for. The port allows five minutes. */
export const SECRET_CACHE_MS = MINUTE;
const SECRET_CACHE_SIZE = 64;

/** Where the secrets of one function are. */
export interface SecretsManagerVaultOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /**
   * The name or ARN of a secret in the account: environment and owner belong to it. `undefined` for
   * a name that cannot be one.
   */
  readonly secretId: (name: string) => string | undefined;
  readonly clock: Clock;
}

/** A client with the settings of {@link AWS_CLIENT}. */
export function secretsManagerClient(
  config: SecretsManagerClientConfig = {},
): SecretsManagerClient {
  return new SecretsManagerClient({ ...AWS_CLIENT, ...config });
}

/**
 * What Secrets Manager answers when there is nothing for this caller, now or ever:
 * `InvalidRequestException` for a secret that is marked for deletion, `InvalidParameterException`
 * and `ValidationException` for a name that cannot be one.
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

interface Held {
  readonly value: string;
  readonly askedAt: number;
}

/**
 * The {@link SecretVault} on AWS Secrets Manager: the text of the version `AWSCURRENT`, so a
 * rotation that is not finished is not seen; a binary secret counts as missing.
 *
 * At most 64 values are kept, in memory and for at most a minute counted from the moment they were
 * asked for; gets of one name at the same time share one request. A failure is not kept, and no
 * value is handed out past its time, whatever else fails.
 */
export class SecretsManagerVault implements SecretVault {
  readonly #options: SecretsManagerVaultOptions;
  readonly #held = new Map<string, Held>();
  /** The latest request of each name that is under way. */
  readonly #asking = new Map<string, Promise<string>>();

  constructor(options: SecretsManagerVaultOptions) {
    this.#options = options;
  }

  async get(name: string, { fresh = false }: { readonly fresh?: boolean } = {}): Promise<string> {
    // a request under way may have been answered before the secret was rotated
    if (fresh) return this.#ask(name);
    return this.#cached(name) ?? this.#asking.get(name) ?? this.#ask(name);
  }

  #cached(name: string): string | undefined {
    const held = this.#held.get(name);
    if (held === undefined) return undefined;
    const age = this.#options.clock.now() - held.askedAt;
    // a clock that stepped back prolongs nothing
    if (age >= 0 && age < SECRET_CACHE_MS) return held.value;
    this.#held.delete(name);
    return undefined;
  }

  #ask(name: string): Promise<string> {
    const askedAt = this.#options.clock.now();

    const asking = this.#fetch(name).then(
      (value) => {
        if (this.#end(name, asking)) this.#keep(name, { value, askedAt });
        return value;
      },
      (error: unknown) => {
        if (this.#end(name, asking) && error instanceof SecretMissingError) this.#held.delete(name);
        throw error;
      },
    );

    this.#asking.set(name, asking);

    return asking;
  }

  /**
   * Whether no later request of this name was begun: an answer that was overtaken is handed out,
   * but not kept.
   */
  #end(name: string, asking: Promise<string>): boolean {
    return this.#asking.get(name) === asking && this.#asking.delete(name);
  }

  #keep(name: string, held: Held): void {
    this.#held.delete(name);
    const oldest = this.#held.keys().next();
    if (this.#held.size >= SECRET_CACHE_SIZE && !oldest.done) this.#held.delete(oldest.value);
    this.#held.set(name, held);
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
