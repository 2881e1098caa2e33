import type { Flow } from '#shared/automation/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import type { Message } from '#shared/ledger/index.ts';
import { ControlChanged } from './errors.ts';
import { isDamagedDocument, parkDamaged } from './park-damaged.ts';
import type { EnginePorts } from './ports.ts';

/** Rereads within one delivery. After them the queue redelivers the message. */
const REREADS = 8;

/**
 * Runs work that reads, decides and commits, and runs it again when another commit came between.
 *
 * @param work - Gets whether an earlier attempt may have committed all the same, because the
 *   ledger did not learn the outcome (`ledger.unknown`).
 * @throws the last error after `rereads` repetitions, and any other error at once.
 */
export async function rereading<T>(
  work: (mayHaveCommitted: boolean) => Promise<T>,
  rereads = REREADS,
): Promise<T> {
  let mayHaveCommitted = false;

  for (let reread = 0; ; reread++) {
    try {
      return await work(mayHaveCommitted);
    } catch (error) {
      const isUnknown = isWritError(error, 'ledger.unknown');
      const isStale =
        isUnknown || isWritError(error, 'ledger.conflict') || error instanceof ControlChanged;
      if (!isStale || reread === rereads) throw error;

      mayHaveCommitted ||= isUnknown;
    }
  }
}

/** A message for a run, as a function of the flow handles it. */
export interface Handled {
  readonly ports: EnginePorts;
  readonly flow: Flow;
  readonly message: Message;
  /** Deliveries of the message so far, from 1. */
  readonly receives: number;
}

/**
 * Handles a message for a run: {@link rereading}, and parks the run where one of its documents is
 * damaged.
 *
 * @param work - Gets the deliveries that count. After a commit of unknown outcome that is at least
 *   2: the messages of that commit may be lost, as with a redelivered message.
 */
export async function handling(
  { ports, flow, message, receives }: Handled,
  work: (receives: number) => Promise<void>,
): Promise<void> {
  try {
    await rereading((mayHaveCommitted) =>
      work(mayHaveCommitted ? Math.max(receives, 2) : receives),
    );
  } catch (error) {
    if (!isDamagedDocument(error)) throw error;
    await parkDamaged(ports, flow, message, error);
  }
}
