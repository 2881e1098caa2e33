import type { SqsHandler } from '#functions/framework/lambda/sqs-function.ts';
import { SECOND } from '#shared/kernel/index.ts';
import type { Delivery, Queues } from '#shared/ledger/index.ts';
import type { ManualTimers } from '../../contracts/manual-timers.ts';
import type { Recorder } from './recorder.ts';

/** Deliveries after which a message is given up, as its queue has it. */
const MAX_RECEIVES = 5;

/**
 * How often a message is handed out: again after it was dealt with, as happens when Lambda does not
 * live to delete it, or a second time while it is dealt with, as happens when SQS does not know
 * that it was handed out.
 */
export type HandedOut = 'once' | 'again' | 'twice at once';

/**
 * Does for every queue what SQS and Lambda do, one message after the other, and has it recorded as
 * theirs.
 */
export class Postman {
  readonly #queues: Queues & { readonly outstanding: number };
  readonly #handlers: ReadonlyMap<string, SqsHandler>;
  readonly #dead: string;
  readonly #timers: ManualTimers;
  readonly #recorder: Recorder;

  /**
   * @param handlers - By the name of the function, which is that of its queue.
   * @param dead - The function of the messages that are given up.
   */
  constructor(
    queues: Queues & { readonly outstanding: number },
    handlers: ReadonlyMap<string, SqsHandler>,
    dead: string,
    timers: ManualTimers,
    recorder: Recorder,
  ) {
    this.#queues = queues;
    this.#handlers = handlers;
    this.#dead = dead;
    this.#timers = timers;
    this.#recorder = recorder;
  }

  /**
   * Hands out messages until none is left, moving the clock where all wait.
   */
  async settle(how: HandedOut): Promise<void> {
    while (this.#queues.outstanding > 0) {
      let any = false;
      for (const fn of this.#handlers.keys()) any = (await this.deliver(fn, how)) || any;
      if (!any) this.#timers.advance(SECOND);
    }
  }

  /** Hands out the messages of one queue that are ready. @returns whether there were any. */
  async deliver(fn: string, how: HandedOut = 'once'): Promise<boolean> {
    let any = false;
    for (;;) {
      const [delivery] = this.#queues.receive(fn, 1, 60 * SECOND);
      if (delivery === undefined) return any;

      any = true;

      if (delivery.receives > MAX_RECEIVES && fn !== this.#dead)
        this.#queues.move(fn, delivery.receipt, this.#dead);
      else await this.#handOut(fn, delivery, how);
    }
  }

  async #handOut(fn: string, delivery: Delivery, how: HandedOut): Promise<void> {
    const { receipt, receives, message } = delivery;
    // here all dead letters share one queue, which has no URL; on AWS each function has one of its
    // own
    const deadLettersOf =
      fn === this.#dead ? message.queue.replace(/[^.]*$/, message.step) : undefined;

    this.#recorder.received(fn, deadLettersOf);

    const times = how === 'twice at once' ? 2 : 1;
    const ends = await Promise.all(Array.from({ length: times }, () => this.#invoke(fn, delivery)));
    const done = ends.every((end) => end);

    if (!done) this.#queues.release(fn, receipt, SECOND);
    else if (how === 'again' && receives === 1) this.#queues.release(fn, receipt, 0);
    else {
      this.#recorder.deleted(fn, deadLettersOf);
      this.#queues.delete(fn, receipt);
    }
  }

  /** @returns whether the message is done with. */
  async #invoke(fn: string, { message, receives }: Delivery): Promise<boolean> {
    this.#recorder.invoked(fn);

    const { workspace, run, step, subjectRefs } = message;
    const record = {
      messageId: '1',
      body: JSON.stringify({ workspace, run, step, subjectRefs }),
      attributes: { ApproximateReceiveCount: String(receives) },
    };

    const { batchItemFailures } = await this.#handlers.get(fn)!({ Records: [record] } as never);

    return batchItemFailures.length === 0;
  }
}
