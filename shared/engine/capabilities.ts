import type { $ZodType, output } from 'zod/v4/core';
import type { Reserved, Step, StepContext, VendorClient } from '#shared/automation/index.ts';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import { AuthorityError } from './errors.ts';

/** What backs a step's capabilities. Each is asked only for what the step declared. */
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
  ): Promise<Reserved | undefined>;
  post<S extends $ZodType>(vendor: string, path: string, body: Json, answer: S): Promise<output<S>>;
}

/** What a step really used, for its entry. */
export interface CapabilityUse {
  readonly reads: Set<string>;
  readonly secrets: Set<string>;
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
 * Hands a step exactly what it declared, counts what it uses, and takes everything back with {@link
 * end}.
 *
 * This stops mistakes and makes use visible. It is not a wall against hostile code in the same
 * process: the function's cloud role is.
 */
export class Capabilities {
  readonly used: CapabilityUse = { reads: new Set(), secrets: new Set() };
  /**
   * The first use of something undeclared, or late. It fails the step, whatever the step made of
   * the error.
   */
  violation: AuthorityError | undefined;
  readonly #vouched = new WeakSet<object>();
  readonly #opened = new Set<string>();
  readonly context: AnyContext;
  readonly #step: Step;
  readonly #backing: CapabilityBackend;
  readonly #vault: SecretVault;
  #ended = false;

  constructor(
    step: Step,
    run: string,
    deadline: { readonly signal: AbortSignal },
    backend: CapabilityBackend,
    vault: SecretVault,
  ) {
    this.#step = step;
    this.#backing = backend;
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
   * Whether an error came out of a capability, so that its text can be trusted. A step can throw
   * anything, also in our name.
   */
  isOwnError(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.#vouched.has(error);
  }

  /** The step has returned, or its time is up: from now on every use throws. */
  end(): void {
    this.#ended = true;
  }

  #require(
    kind: 'reads' | 'secrets' | 'vendors' | 'lookups' | 'registers' | 'reserves',
    name: string,
    what: string,
  ): void {
    if (this.#ended) throw new AuthorityError('authority.ended', this.#step.name, what);
    if (this.#step.authority[kind].includes(name)) return;
    this.violation ??= new AuthorityError('authority.undeclared', this.#step.name, what);
    throw this.violation;
  }

  /**
   * Does what a capability does; of whatever it throws it is known from then on where it came from.
   */
  async #vouch<T>(act: () => Promise<T> | T): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (typeof error === 'object' && error !== null) this.#vouched.add(error);
      throw error;
    }
  }

  /**
   * What to call a thing in an error: by a name the step declared, or not at all. What it was asked
   * by may be a value.
   */
  #called(kind: string, name: string): string {
    const { authority } = this.#step;
    const known = Object.values(authority).some(
      (names) => Array.isArray(names) && names.includes(name),
    );
    return known ? `${kind} ${name}` : `${kind} of another name`;
  }

  /** A record's id becomes part of keys and entries, which are not sealed. */
  #assertNotSensitive(collection: string, id: string): void {
    if (![...this.#opened].some((value) => value.length > 2 && id.includes(value))) return;
    this.violation ??= new AuthorityError(
      'authority.sensitive-id',
      this.#step.name,
      `in the id of a record of ${collection}`,
    );
    throw this.violation;
  }

  /**
   * Opens each field when it is read. A proxy, so that an undeclared name throws instead of giving
   * `undefined`.
   */
  #fields(): object {
    const { reads } = this.#step.authority;

    const read = (name: string) => {
      this.#require('reads', name, this.#called('field', name));
      this.used.reads.add(name);

      try {
        const value = this.#backing.field(name);
        if (
          this.#backing.isSealed(name) &&
          (typeof value === 'string' || typeof value === 'number')
        )
          this.#opened.add(String(value));

        return value;
      } catch (error) {
        if (typeof error === 'object' && error !== null) this.#vouched.add(error);
        throw error;
      }
    };

    const readOnly = (_: object, name: string | symbol): never => {
      const what = `${this.#called('writing field', String(name))} other than by returning it`;
      this.violation ??= new AuthorityError('authority.undeclared', this.#step.name, what);
      throw this.violation;
    };

    return new Proxy(Object.create(null), {
      // symbols are asked for by consoles and promises, not by steps
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
    this.#require('secrets', name, this.#called('secret', name));
    this.used.secrets.add(name);
    return this.#vouch(() => this.#vault.get(name));
  }

  #vendor(name: string): VendorClient {
    this.#require('vendors', name, this.#called('vendor', name));
    return {
      post: async (path, body, answer) => {
        this.#require('vendors', name, `vendor ${name}`);
        return this.#vouch(() => this.#backing.post(name, path, body, answer));
      },
    };
  }

  #record(collection: string): object {
    const what = this.#called('records', collection);
    const { lookups, registers, reserves } = this.#step.authority;
    const kinds = ['lookups', 'registers', 'reserves'] as const;

    this.#require(
      kinds.find((kind) => this.#step.authority[kind].includes(collection)) ?? 'lookups',
      collection,
      what,
    );

    return {
      find: lookups.includes(collection)
        ? async (id: string) => {
            this.#require('lookups', collection, what);
            this.#assertNotSensitive(collection, id);
            return this.#vouch(() => this.#backing.findRecord(collection, id));
          }
        : undefined,
      claim: registers.includes(collection)
        ? async (id: string, values: Readonly<Record<string, unknown>> = {}) => {
            this.#require('registers', collection, what);
            this.#assertNotSensitive(collection, `${id} ${JSON.stringify(values)}`);
            return this.#vouch(() => this.#backing.claimRecord(collection, id, values));
          }
        : undefined,
      reserve: reserves.includes(collection)
        ? async (
            id: string,
            amounts: Readonly<Record<string, number | undefined>>,
            options?: { readonly hold?: boolean },
          ) => {
            this.#require('reserves', collection, what);
            this.#assertNotSensitive(collection, id);
            return this.#vouch(() => this.#backing.reserveRecord(collection, id, amounts, options));
          }
        : undefined,
    };
  }
}
