import type { $ZodType, output } from 'zod/v4/core';
import type { Step, StepContext, VendorClient } from '#shared/automation/index.ts';
import type { SecretVault } from '#shared/crypto/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import { AuthorityError } from './errors.ts';

/** What backs a step's capabilities. Each is asked only for what the step declared. */
export interface Backing {
  field(name: string): Json | undefined;
  findRecord(collection: string, id: string): Promise<unknown>;
  claimRecord(collection: string, id: string): Promise<string>;
  post<S extends $ZodType>(vendor: string, path: string, body: Json, answer: S): Promise<output<S>>;
}

/** What a step really used, for its entry. */
export interface Used {
  readonly reads: Set<string>;
  readonly secrets: Set<string>;
}

type AnyContext = StepContext<Record<string, never>, Record<string, never>, never, string, string, string, string>;

/**
 * Hands a step exactly what it declared, counts what it uses, and takes everything back with {@link end}.
 *
 * This stops mistakes and makes use visible. It is not a wall against hostile code in the same process: the function's
 * cloud role is.
 */
export class Capabilities {
  readonly used: Used = { reads: new Set(), secrets: new Set() };
  readonly context: AnyContext;
  readonly #step: Step;
  readonly #backing: Backing;
  readonly #vault: SecretVault;
  #ended = false;

  constructor(step: Step, run: string, deadline: { readonly signal: AbortSignal }, backing: Backing, vault: SecretVault) {
    this.#step = step;
    this.#backing = backing;
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

  /** The step has returned, or its time is up: from now on every use throws. */
  end(): void {
    this.#ended = true;
  }

  #require(kind: 'reads' | 'secrets' | 'vendors' | 'lookups' | 'registers', name: string, what: string): void {
    if (this.#ended) throw new AuthorityError('authority.ended', this.#step.name, what);
    if (!this.#step.authority[kind].includes(name)) throw new AuthorityError('authority.undeclared', this.#step.name, what);
  }

  /** Opens each field when it is read. A proxy, so that an undeclared name throws instead of giving `undefined`. */
  #fields(): object {
    const { reads } = this.#step.authority;
    const read = (name: string) => {
      this.#require('reads', name, `field ${name.slice(0, 64)}`);
      this.used.reads.add(name);
      return this.#backing.field(name);
    };
    const readOnly = (_: object, name: string | symbol): never => {
      throw new AuthorityError(
        'authority.undeclared',
        this.#step.name,
        `writing field ${String(name).slice(0, 64)} other than by returning it`,
      );
    };
    return new Proxy(Object.create(null), {
      // symbols are asked for by consoles and promises, not by steps
      get: (_, name) => (typeof name === 'symbol' || name === 'then' || name === 'toJSON' ? undefined : read(name)),
      has: (_, name) => typeof name === 'string' && reads.includes(name),
      ownKeys: () => [...reads],
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === 'string' && reads.includes(name) ? { enumerable: true, configurable: true, get: () => read(name) } : undefined,
      set: readOnly,
      deleteProperty: readOnly,
      defineProperty: readOnly,
    });
  }

  async #secret(name: string): Promise<string> {
    this.#require('secrets', name, `secret ${name.slice(0, 64)}`);
    this.used.secrets.add(name);
    return this.#vault.get(name);
  }

  #vendor(name: string): VendorClient {
    this.#require('vendors', name, `vendor ${name.slice(0, 64)}`);
    return {
      post: async (path, body, answer) => {
        this.#require('vendors', name, `vendor ${name}`);
        return this.#backing.post(name, path, body, answer);
      },
    };
  }

  #record(collection: string): object {
    const what = `records ${collection.slice(0, 64)}`;
    const { lookups, registers } = this.#step.authority;
    this.#require(lookups.includes(collection) ? 'lookups' : 'registers', collection, what);
    return {
      ...(lookups.includes(collection) && {
        find: async (id: string) => {
          this.#require('lookups', collection, what);
          return this.#backing.findRecord(collection, id);
        },
      }),
      ...(registers.includes(collection) && {
        claim: async (id: string) => {
          this.#require('registers', collection, what);
          return this.#backing.claimRecord(collection, id);
        },
      }),
    };
  }
}
