import type { Change } from '#shared/ledger/index.ts';
import { type Document, encodeId } from '#shared/ledger/index.ts';
import {
  type DecisionBody,
  encodedParticipantTarget,
  type ParticipantBody,
  participantKind,
  type RunKey,
} from './documents/index.ts';

/** Key of the document that holds a person's role in a run. */
export function participantTarget(key: RunKey, person: string): string {
  return encodedParticipantTarget(key, encodeId(person));
}

/**
 * Returns the change that inserts a person's role in a run. The commit conflicts if the person
 * already has a role.
 */
export function participantChange(
  key: RunKey,
  { person, as, at }: Pick<ParticipantBody, 'person' | 'as' | 'at'>,
): Change {
  return participantKind.insert(participantTarget(key, person), {
    v: 'participant/1',
    run: key.run,
    person,
    as,
    at,
  });
}

/**
 * Returns the role in a participant document; undefined without a document. A malformed document
 * counts as a requester, which is the role with the fewest permissions.
 */
export function participantRole(document: Document | undefined): ParticipantBody['as'] | undefined {
  if (document === undefined) return undefined;
  return participantKind.find(document)?.as === 'approver' ? 'approver' : 'requester';
}

/**
 * Tests whether a decision was made by an approver of its run. Decisions of releases that did not
 * store participants lack `shown`. For such a decision, the participant document may be missing,
 * but must not name a requester.
 *
 * @param participant - Current participant document of the person who decided.
 */
export function isByApprover(
  { run, by, shown }: Partial<Pick<DecisionBody, 'run' | 'by' | 'shown'>>,
  participant: StoredBody | undefined,
): boolean {
  if (participant === undefined) return shown === undefined;

  const { rev } = participant;
  const body = (participant.body ?? {}) as Partial<ParticipantBody>;
  return rev === 1 && body.as === 'approver' && body.run === run && body.person === by;
}

type StoredBody = Pick<Document, 'rev' | 'body'>;
