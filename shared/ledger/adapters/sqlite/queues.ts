import type { Clock, Timers } from '#shared/kernel/index.ts';
import type { Delivery, Message, Queues } from '../../ports.ts';

/** A message as stored in the table. */
export interface StoredMessage {
  readonly id: number;
  readonly message: Message;
  readonly visibleAt: number;
}

/** Deferred writes of the queues; the store includes them in a later group of commits. */
export interface MessageTable {
  delete(id: number): void;
  move(id: number, message: Message): void;
}

interface QueuedMessage {
  readonly stored: StoredMessage;
  receives: number;
}

/**
 * The embedded queues. The table persists messages across restarts. Between restarts, all messages
 * are in memory, so receiving writes nothing and no polling is necessary. After a crash, every
 * message that was not deleted is delivered again.
 */
export class MemoryQueues implements Queues {
  readonly #table: MessageTable;
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #ready = new Map<string, QueuedMessage[]>();
  readonly #inFlight = new Map<
    string,
    { readonly held: QueuedMessage; readonly cancel: () => void }
  >();
  readonly #listeners = new Map<string, () => void>();
  #receipts = 0;
  #outstanding = 0;
  #whenDrained: (() => void)[] = [];

  constructor(table: MessageTable, clock: Clock, timers: Timers) {
    this.#table = table;
    this.#clock = clock;
    this.#timers = timers;
  }

  /** Calls `listener` when a message of `queue` becomes visible. One listener per queue. */
  listen(queue: string, listener: () => void): void {
    this.#listeners.set(queue, listener);
    if ((this.#ready.get(queue)?.length ?? 0) > 0) listener();
  }

  /** Adds a message whose commit is durable. */
  publish(stored: StoredMessage): void {
    this.#outstanding++;
    this.arrive(stored);
  }

  /** Adds a message that was moved from another queue, and is already counted. */
  arrive(stored: StoredMessage): void {
    const wait = stored.visibleAt - this.#clock.now();
    const held = { stored, receives: 0 };
    if (wait <= 0) this.#makeReady(held);
    else this.#timers.after(wait, () => this.#makeReady(held));
  }

  receive(queue: string, max: number, visibilityMs: number): Delivery[] {
    const taken = this.#ready.get(queue)?.splice(0, max) ?? [];
    return taken.map((held) => {
      held.receives++;
      const receipt = `${held.stored.id}.${++this.#receipts}`;
      const cancel = this.#timers.after(visibilityMs, () => {
        if (this.#inFlight.delete(receipt)) this.#makeReady(held);
      });
      this.#inFlight.set(receipt, { held, cancel });
      return { receipt, message: held.stored.message, receives: held.receives };
    });
  }

  delete(_queue: string, receipt: string): void {
    const held = this.#take(receipt);
    if (held === undefined) return;
    this.#table.delete(held.stored.id);
    this.#outstanding--;
    this.#notifyDrained();
  }

  release(_queue: string, receipt: string, delayMs: number): void {
    const held = this.#take(receipt);
    if (held === undefined) return;
    if (delayMs <= 0) this.#makeReady(held);
    else this.#timers.after(delayMs, () => this.#makeReady(held));
  }

  move(_queue: string, receipt: string, to: string): void {
    const held = this.#take(receipt);
    if (held === undefined) return;
    this.#table.move(held.stored.id, { ...held.stored.message, queue: to, delayMs: 0 });
  }

  /** Number of messages that are ready, delayed or delivered. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Resolves when no messages are outstanding. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenDrained.push(resolve);
      this.#notifyDrained();
    });
  }

  #notifyDrained(): void {
    if (this.#outstanding > 0) return;
    for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  #take(receipt: string): QueuedMessage | undefined {
    const delivery = this.#inFlight.get(receipt);
    // its visibility timed out: another receiver may hold the message now
    if (delivery === undefined) return undefined;
    this.#inFlight.delete(receipt);
    delivery.cancel();
    return delivery.held;
  }

  #makeReady(held: QueuedMessage): void {
    const { queue } = held.stored.message;
    const ready = this.#ready.get(queue);
    if (ready === undefined) this.#ready.set(queue, [held]);
    else ready.push(held);
    this.#listeners.get(queue)?.();
  }
}
