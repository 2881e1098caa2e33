import type { Actor } from '#shared/audit/index.ts';
import {
  KeyRefusedError,
  subjectKeyTarget,
  subjectOfToken,
  tokenOfKeyRow,
  tombstone,
} from '#shared/crypto/index.ts';
import { type Clock, InvalidInputError, SEALED_CLASSES } from '#shared/kernel/index.ts';
import type { Change, Ledger } from '#shared/ledger/index.ts';

export interface ShredRequest {
  readonly workspace: string;
  /** Reference of the subject. */
  readonly subject: string;
  readonly actor: Actor;
  /**
   * Reason, 1 to 500 characters, such as a reference to the erasure request. Must not contain
   * personal data.
   */
  readonly reason: string;
}

export interface Shredded {
  /** Number of keys that were shredded. */
  readonly keys: number;
  /**
   * True if the subject was in the directory. If a later run starts with the same identifier, it
   * gets a new subject.
   */
  readonly wasKnown: boolean;
}

/** Form of a subject reference: 128 random bits in base 32. */
const SUBJECT_REF = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Shreds a subject's keys in a workspace. Replaces each key row with a tombstone, and inserts one
 * for each class without a key, so that a step that is still running cannot create a key. Also
 * removes the directory row. Values sealed for the subject, in documents and in the trail, can
 * never be opened again, except by a process that already loaded a key, such as a running step. The
 * trail is unchanged and can still be verified.
 *
 * Idempotent.
 *
 * @throws {@link InvalidInputError} `subject.invalid` for a malformed reference.
 * @throws `keys.refused` (refuse) when the directory row belongs to another subject. No key was
 *   shredded.
 * @throws the errors of the ledger; `ledger.conflict` when a key was created in the meantime: call
 *   again.
 */
export async function shredSubject(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  { workspace, subject, actor, reason }: ShredRequest,
): Promise<Shredded> {
  if (!SUBJECT_REF.test(subject))
    throw new InvalidInputError(
      'subject.invalid',
      'a subject reference has 26 characters of base 32',
    );

  const now = ports.clock.now();
  const targets = SEALED_CLASSES.map((dataClass) =>
    subjectKeyTarget(workspace, dataClass, subject),
  );
  const rows = await ports.ledger.read(targets);
  const changes: Change[] = [];
  let keys = 0;
  let token = '';

  for (const [i, target] of targets.entries()) {
    const row = rows[i];
    const { body } = tombstone(target, now);

    if (row === undefined) changes.push({ op: 'insert', target, body });
    else if ((row.body as { kind?: string }).kind !== 'tombstone') {
      keys++;
      token ||= tokenOfKeyRow(row.body) ?? '';
      changes.push({ op: 'replace', target, at: row, body });
    }
  }

  const [directory] = token === '' ? [] : await ports.ledger.read([token]);
  if (directory !== undefined && subjectOfToken(token, directory.body) !== subject)
    throw new KeyRefusedError();

  if (directory !== undefined)
    changes.push({
      op: 'remove',
      target: directory.target,
      at: directory,
      as: directory.as,
    });

  if (changes.length === 0) return { keys: 0, wasKnown: false };

  await ports.ledger.commit({
    changes,
    entries: [
      {
        workspace,
        actor,
        action: 'subject.shred',
        outcome: 'ok',
        classes: [...SEALED_CLASSES].sort(),
        targets: [{ kind: 'subject', id: subject }],
        why: { code: 'subject.shred', reason },
      },
    ],
  });

  return { keys, wasKnown: directory !== undefined };
}
