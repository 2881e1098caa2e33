import { sha256 } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';
import type { Message } from '../../ports.ts';

/** A queued message in the form of its row. */
export interface MessageRow {
  readonly queue: string;
  readonly body: string;
  readonly visibleAt: number;
}

/**
 * Builds the row of a message. Messages are not recorded in entries, so the row contains a digest.
 * Without it, a message that was damaged by a flipped bit could be lost, and its run would wait
 * unnoticed.
 */
export function messageRow(message: Message, visibleAt: number): MessageRow {
  const { queue } = message;
  const text = JSON.stringify(message);
  return { queue, body: `${digestOf(queue, text, visibleAt)} ${text}`, visibleAt };
}

/**
 * Reads the message of a row.
 *
 * @throws {@link LedgerCorruptError} if the row was changed after it was written.
 */
export function messageOf({ queue, body, visibleAt }: MessageRow): Message {
  // a row of an early version has no digest and starts with the JSON text
  const [digest, text] = body.startsWith('{')
    ? [undefined, body]
    : [body.slice(0, DIGEST_LENGTH), body.slice(DIGEST_LENGTH + 1)];

  try {
    const message = parseJson(text) as Message;
    if (
      message.queue === queue &&
      (digest === undefined || digest === digestOf(queue, text, visibleAt))
    )
      return message;
  } catch {
    // not JSON, or not an object: refused below
  }

  throw new LedgerCorruptError(
    'a queued message is not as it was written',
    {},
    { help: RESTORE_LEDGER },
  );
}

const DIGEST_LENGTH = 43;
const digestOf = (queue: string, text: string, visibleAt: number): string =>
  sha256(`${queue}\0${visibleAt}\0${text}`);
