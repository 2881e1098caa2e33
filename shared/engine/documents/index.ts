/**
 * Documents that the engine stores, one file per kind: the type of the body, the key, and the index
 * entries.
 */
import type { Json } from '#shared/kernel/index.ts';
import type { IndexKeys } from '#shared/ledger/index.ts';
import { claimTarget } from './claim.ts';
import { controlTarget } from './control.ts';
import { decisionTarget } from './decision.ts';
import { fieldsTarget } from './fields.ts';
import { gateKind, gatesList, gateTarget } from './gate.ts';
import { encodedParticipantTarget } from './participant.ts';
import { balanceTarget, recordTarget } from './record.ts';
import { reservationTarget } from './reservation.ts';
import { runKind, runsList, runTarget } from './run.ts';
import { timerKind, timerTarget } from './timer.ts';
import { workspaceKind } from './workspace.ts';

export * from './claim.ts';
export * from './control.ts';
export * from './decision.ts';
export * from './fields.ts';
export * from './gate.ts';
export * from './participant.ts';
export * from './record.ts';
export * from './reservation.ts';
export * from './run.ts';
export * from './timer.ts';
export * from './workspace.ts';

/** Keys of the documents that belong to a run or to an automation, by kind. */
export const target = {
  run: runTarget,
  fields: fieldsTarget,
  claim: claimTarget,
  gate: gateTarget,
  decision: decisionTarget,
  participant: encodedParticipantTarget,
  timer: timerTarget,
  control: controlTarget,
  record: recordTarget,
  balance: balanceTarget,
  reservation: reservationTarget,
};

/** Names of the lists in the list index. */
export const list = { runs: runsList, gates: gatesList };

/**
 * Returns the index keys that a stored document must have, for the verification of a store. Empty
 * for a document that is in no index.
 */
export function engineIndexKeys(target: string, body: Json): IndexKeys {
  const indexed = [runKind, gateKind, timerKind, workspaceKind] as const;
  const kind = indexed.find(({ v }) => target.startsWith(v.replace('/1', '#')));
  return kind?.index?.((body ?? {}) as never) ?? {};
}
