import type { $ZodType, output } from 'zod/v4/core';
import type {
  ReservationResult,
  Step,
  StepContext,
  VendorClient,
} from '#shared/automation/index.ts';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import { AuthorityError } from './errors.ts';

/** Implementation of a step's capabilities. Called only for names that the step declared. */
export interface CapabilityBackend {
  field(name: string): Json | undefined;
  isSealed(name: string): boolean;
  findRecord(collection: string, id: string): Promise<unknown>;
  claimRecord(
    collection: string,
    id: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  reserveRecord(
    collection: string,
    id: string,
    amounts: Readonly<Record<string, number | undefined>>,
    options?: { readonly hold?: boolean },
  ): Promise<ReservationResult | undefined>;
  post<S extends $ZodType>(vendor: string, path: string, body: Json, answer: S): Promise<output<S>>;
}

/** Fields and secrets that a step used, for its audit entry. */
export interface CapabilityUse {
  readonly reads: Set<string>;
  readonly secrets: Set<string>;
}

/** Options of {@link Capabilities}. */
interface CapabilityOptions {
  readonly step: Step;
  /** Id of the run. */
  readonly run: string;
  readonly deadline: { readonly signal: AbortSignal };
  readonly backend: CapabilityBackend;
  readonly vault: SecretVault;
}

type AnyContext = StepContext<
  Record<string, never>,
  Record<string, never>,
  never,
  string,
  string,
  string,
  string,
  string
>;

/**
 * Provides the capabilities that a step declared, records their use, and revokes them with {@link
 * end}.
 *
 * This prevents mistakes and makes use auditable. It is not a security boundary against hostile
 * code in the same process. The security boundary is the function's IAM role.
 */
export class Capabilities {
  readonly used: CapabilityUse = { reads: new Set(), secrets: new Set() };
  /**
   * First use of an undeclared or revoked capability. Fails the step even if its code catches the
   * error.
   */
  violation: AuthorityError | undefined;
  readonly #ownErrors = new WeakSet<object>();
  readonly #sealedValues = new Set<string>();
  readonly context: AnyContext;
  readonly #step: Step;
  readonly #backend: CapabilityBackend;
  readonly #vault: SecretVault;
  #ended = false;

  constructor({ step, run, deadline, backend, vault }: CapabilityOptions) {
    this.#step = step;
    this.#backend = backend;
    this.#vault = vault;

    this.context = Object.freeze({
      run,
      get signal() {
        return deadline.signal;
      },
      fields: this.#fields() as never,
      secret: (name: string) => this.#secret(name),
      vendor: (name: string) => this.#vendor(name),
      record: (collection: string) => this.#record(collection) as never,
    });
  }

  /**
   * Tests whether an error was thrown by a capability, so that its message can be trusted. A step
   * can throw any object, including an imitation of an error of the engine.
   */
  isOwnError(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#ownErrors.has(error);
  }

  /**
   * Revokes all capabilities after the step has returned or timed out. Later use throws an error.
   */
  end(): void {
    this.#ended = true;
  }

  #require(
    kind: 'reads' | 'secrets' | 'vendors' | 'lookups' | 'registers' | 'reserves',
    name: string,
    what: string,
  ): void {
    if (this.#ended) throw new AuthorityError('authority.ended', this.#step.name, what);
    if (!this.#step.authority[kind].includes(name)) this.#refuse('authority.undeclared', what);
  }

  /** Fails the step with its first violation. */
  #refuse(code: AuthorityError['code'], what: string): never {
    this.violation ??= new AuthorityError(code, this.#step.name, what);
    throw this.violation;
  }

  /** Runs a capability and records the errors that it throws, for {@link isOwnError}. */
  async #trackErrors<T>(act: () => Promise<T> | T): Promise<T> {
    try {
      return await act();
    } catch (error) {
      this.#rethrow(error);
    }
  }

  #rethrow(error: unknown): never {
    if (typeof error === 'object' && error !== null) this.#ownErrors.add(error);
    throw error;
  }

  /**
   * Returns a description for error messages. It contains the name only if the step declared it,
   * because an undeclared name can be a sensitive value.
   */
  #describe(kind: string, name: string): string {
    const { authority } = this.#step;
    const known = Object.values(authority).some(
      (names) => Array.isArray(names) && names.includes(name),
    );
    return known ? `${kind} ${name}` : `a ${kind} that it uses`;
  }

  /**
   * Rejects an id that contains a sealed value, because keys and audit entries store ids in
   * plaintext.
   */
  #assertNotSensitive(collection: string, id: string): void {
    if ([...this.#sealedValues].some((value) => value.length > 2 && id.includes(value)))
      this.#refuse('authority.sensitive-id', `in the id of a record of ${collection}`);
  }

  /**
   * Returns the fields object, which decrypts a field when it is read. It is a proxy so that an
   * undeclared name throws instead of returning `undefined`.
   */
  #fields(): object {
    const { reads } = this.#step.authority;

    const read = (name: string) => {
      this.#require('reads', name, this.#describe('field', name));
      this.used.reads.add(name);

      try {
        const value = this.#backend.field(name);
        if (
          this.#backend.isSealed(name) &&
          (typeof value === 'string' || typeof value === 'number')
        )
          this.#sealedValues.add(String(value));

        return value;
      } catch (error) {
        this.#rethrow(error);
      }
    };

    const readOnly = (_: object, name: string | symbol): never =>
      this.#refuse(
        'authority.undeclared',
        `${this.#describe('writing field', String(name))} other than by returning it`,
      );

    return new Proxy(Object.create(null), {
      // consoles and promises read these names; steps do not
      get: (_, name) =>
        typeof name === 'symbol' || name === 'then' || name === 'toJSON' ? undefined : read(name),
      has: (_, name) => typeof name === 'string' && reads.includes(name),
      ownKeys: () => [...reads],
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === 'string' && reads.includes(name)
          ? { enumerable: true, configurable: true, get: () => read(name) }
          : undefined,
      set: readOnly,
      deleteProperty: readOnly,
      defineProperty: readOnly,
    });
  }

  async #secret(name: string): Promise<string> {
    this.#require('secrets', name, this.#describe('secret', name));
    this.used.secrets.add(name);
    return this.#trackErrors(() => this.#vault.get(name));
  }

  #vendor(name: string): VendorClient {
    this.#require('vendors', name, this.#describe('vendor', name));
    return {
      post: async (path, body, answer) => {
        this.#require('vendors', name, `vendor ${name}`);
        return this.#trackErrors(() => this.#backend.post(name, path, body, answer));
      },
    };
  }

  #record(collection: string): object {
    const what = this.#describe('records', collection);
    const { lookups, registers, reserves } = this.#step.authority;
    const kinds = ['lookups', 'registers', 'reserves'] as const;

    this.#require(
      kinds.find((kind) => this.#step.authority[kind].includes(collection)) ?? 'lookups',
      collection,
      what,
    );

    const check = (kind: (typeof kinds)[number], id: string) => {
      this.#require(kind, collection, what);
      this.#assertNotSensitive(collection, id);
    };

    return {
      find: lookups.includes(collection)
        ? async (id: string) => {
            check('lookups', id);
            return this.#trackErrors(() => this.#backend.findRecord(collection, id));
          }
        : undefined,
      claim: registers.includes(collection)
        ? async (id: string, values: Readonly<Record<string, unknown>> = {}) => {
            this.#require('registers', collection, what);
            this.#assertNotSensitive(collection, `${id} ${JSON.stringify(values)}`);
            return this.#trackErrors(() => this.#backend.claimRecord(collection, id, values));
          }
        : undefined,
      reserve: reserves.includes(collection)
        ? async (
            id: string,
            amounts: Readonly<Record<string, number | undefined>>,
            options?: { readonly hold?: boolean },
          ) => {
            check('reserves', id);
            return this.#trackErrors(() =>
              this.#backend.reserveRecord(collection, id, amounts, options),
            );
          }
        : undefined,
    };
  }
}
