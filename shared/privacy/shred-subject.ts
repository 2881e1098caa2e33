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

export interface Shredded {
  /** Keys that existed and are gone. */
  readonly keys: number;
  /** Whether the subject was in the directory. Somebody known by the same will be a new subject. */
  readonly wasKnown: boolean;
}

/** What a reference of a subject looks like: 128 random bits in base 32. */
const SUBJECT_REF = /^[0-9a-hjkmnp-tv-z]{26}$/;

/**
 * Shreds a subject's keys in a workspace: each key row is replaced by a tombstone, also those of
 * classes it had no data in, so that no late step mints one; its directory row is removed.
 * Everything sealed for the subject, in documents and in the trail, can then never be opened again,
 * except by a process that still holds a key it loaded before (a step under way). The trail itself
 * stays as it is and verifies as before.
 *
 * Doing it twice changes nothing the second time.
 *
 * @param reason - Why, e.g. the request it answers. 1 to 500 characters, no personal data.
 * @throws {@link InvalidInputError} `subject.invalid` for what is no reference.
 * @throws `keys.refused` (refuse) when another row stands in the directory where the subject's
 *   should: nothing was shredded.
 * @throws what the ledger throws; `ledger.conflict` when somebody minted a key just now: do it
 *   again.
 */
export async function shredSubject(
  ports: { readonly ledger: Ledger; readonly clock: Clock },
  workspace: string,
  subjectRef: string,
  actor: Actor,
  reason: string,
): Promise<Shredded> {
  if (!SUBJECT_REF.test(subjectRef))
    throw new InvalidInputError(
      'subject.invalid',
      'a subject reference has 26 characters of base 32',
    );

  const now = ports.clock.now();
  const targets = SEALED_CLASSES.map((dataClass) =>
    subjectKeyTarget(workspace, dataClass, subjectRef),
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
  if (directory !== undefined && subjectOfToken(token, directory.body) !== subjectRef)
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
        targets: [{ kind: 'subject', id: subjectRef }],
        why: { code: 'subject.shred', reason },
      },
    ],
  });

  return { keys, wasKnown: directory !== undefined };
}
