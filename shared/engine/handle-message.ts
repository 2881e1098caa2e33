import type { Flow } from '#shared/automation/index.ts';
import type { Message } from '#shared/ledger/index.ts';
import { isDamagedDocument, parkDamaged } from './park-damaged.ts';
import type { EnginePorts } from './ports.ts';
import { retryOnConflict } from './retry-on-conflict.ts';

/** Message of a run, with everything that a function needs to handle the message. */
export interface MessageContext {
  readonly ports: EnginePorts;
  readonly flow: Flow;
  readonly message: Message;
  /** Number of deliveries of the message so far, from 1. */
  readonly receives: number;
}

/**
 * Handles a message of a run. Retries after a conflict with another commit. Parks the run if one of
 * its documents is damaged.
 *
 * @param work - Its argument is the number of deliveries to assume. After a commit of unknown
 *   outcome, it is at least 2, because the messages of that commit may be lost, as with a
 *   redelivered message.
 */
export async function handleMessage(
  { ports, flow, message, receives }: MessageContext,
  work: (receives: number) => Promise<void>,
): Promise<void> {
  try {
    await retryOnConflict((mayHaveCommitted) =>
      work(mayHaveCommitted ? Math.max(receives, 2) : receives),
    );
  } catch (error) {
    if (!isDamagedDocument(error)) throw error;
    await parkDamaged(ports, flow, message, error);
  }
}
