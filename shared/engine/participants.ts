import type { Change } from '#shared/ledger/index.ts';
import { type Document, encodeId } from '#shared/ledger/index.ts';
import {
  type DecisionBody,
  encodedParticipantTarget,
  type ParticipantBody,
  participantKind,
  type RunKey,
} from './documents/index.ts';

/** Key of the document that says which part a person takes in a run. */
export function participantTarget(key: RunKey, person: string): string {
  return encodedParticipantTarget(key, encodeId(person));
}

/** The change that gives a person their part in a run. Conflicts when they have one. */
export function takesPart(
  key: RunKey,
  person: string,
  as: ParticipantBody['as'],
  at: number,
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
 * The part that a document gives; undefined without one. What is not of its form gives the part
 * that may least.
 */
export function partOf(document: Document | undefined): ParticipantBody['as'] | undefined {
  if (document === undefined) return undefined;
  return participantKind.find(document)?.as === 'approver' ? 'approver' : 'requester';
}

/**
 * Whether the person of a decision takes part in its run as an approver. A decision from before
 * parts were kept has no `shown`, and its person may have no part; they may not be a requester.
 *
 * @param part - The document of that person's part, as it stands.
 */
export function isByApprover(
  { run, by, shown }: Partial<Pick<DecisionBody, 'run' | 'by' | 'shown'>>,
  part: Stored | undefined,
): boolean {
  if (part === undefined) return shown === undefined;

  const body = (part.body ?? {}) as Partial<ParticipantBody>;
  return part.rev === 1 && body.as === 'approver' && body.run === run && body.person === by;
}

type Stored = Pick<Document, 'rev' | 'body'>;
