import type { Timers } from '#shared/kernel/index.ts';
import { type ClientConfig, type Clients, clientsOf, destroyAll } from './clients.ts';
import { OPERATOR } from './facts/fact.ts';
import { takeOn } from './resources/identities.ts';
import { rolesOf } from './roles.ts';
import type { LiveRun } from './run.ts';

/**
 * Clients of everybody who makes calls in the facts: a role is taken on when it is first asked for.
 */
export class Actors {
  readonly #run: LiveRun;
  readonly #operator: Clients;
  readonly #config: ClientConfig;
  readonly #timers: Timers;
  readonly #clients = new Map<string, Promise<Clients>>();

  /** @param config - What the clients of roles are made with, besides the roles' credentials. */
  constructor(run: LiveRun, operator: Clients, config: ClientConfig, timers: Timers) {
    this.#run = run;
    this.#operator = operator;
    this.#config = config;
    this.#timers = timers;
  }

  /** @param by - The operator, or a role by its function's name. */
  clientsOf(by: string): Promise<Clients> {
    if (by === OPERATOR) return Promise.resolve(this.#operator);
    const clients = this.#clients.get(by) ?? this.#become(by);
    this.#clients.set(by, clients);
    return clients;
  }

  async close(): Promise<void> {
    for (const clients of this.#clients.values()) destroyAll(await clients);
  }

  async #become(fn: string): Promise<Clients> {
    const role = rolesOf(this.#run).find((one) => one.fn === fn);
    if (role === undefined) throw new Error(`the run has no role of ${fn}`);
    return clientsOf({
      ...this.#config,
      credentials: await takeOn(this.#operator, this.#run, role, this.#timers),
    });
  }
}
