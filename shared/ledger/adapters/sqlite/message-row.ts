import { sha256 } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { LedgerCorruptError, RESTORE_LEDGER } from '../../errors.ts';
import type { Message } from '../../ports.ts';

/** A queued message, as its row holds it. */
export interface MessageRow {
  readonly queue: string;
  readonly body: string;
  readonly visibleAt: number;
}

/**
 * Builds the row of a message. No entry records a message, so its row carries a digest: a message
 * lost to a flipped bit would leave its run waiting unnoticed.
 */
export function messageRow(message: Message, visibleAt: number): MessageRow {
  const { queue } = message;
  const text = JSON.stringify(message);
  return { queue, body: `${digestOf(queue, text, visibleAt)} ${text}`, visibleAt };
}

/**
 * Reads the message of a row.
 *
 * @throws {@link LedgerCorruptError} when it is not as written.
 */
export function messageOf({ queue, body, visibleAt }: MessageRow): Message {
  // a row of an early version has no digest and begins with the text
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
    // no JSON, or no object: refused below
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
