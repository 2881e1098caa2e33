import type { Clock } from '#shared/kernel/index.ts';
import { LedgerUnavailableError, type Message, type MessageSender } from '#shared/ledger/index.ts';

interface Held {
  readonly message: Message;
  readonly visibleAt: number;
}

/**
 * Queues in memory, for tests in which a ledger's messages are beside the point. It can lose them,
 * and fail.
 */
export class MemorySender implements MessageSender {
  readonly #clock: Clock;
  #held: Held[] = [];
  /**
   * What becomes of the next messages: they are lost without a word, as when the process dies, or
   * refused.
   */
  next: 'lost' | 'refused' | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async send(messages: readonly Message[]): Promise<void> {
    const fate = this.next;
    this.next = undefined;
    if (fate === 'refused') throw new LedgerUnavailableError('the queues are down');
    if (fate === 'lost') return;
    for (const { delayMs = 0, ...message } of messages)
      this.#held.push({ message, visibleAt: this.#clock.now() + delayMs });
  }

  /** Takes every visible message of a queue. */
  take(queue: string): Message[] {
    const isVisible = ({ message, visibleAt }: Held) =>
      message.queue === queue && visibleAt <= this.#clock.now();
    const taken = this.#held.filter(isVisible);
    this.#held = this.#held.filter((each) => !taken.includes(each));
    return taken.map(({ message }) => message);
  }
}
