import type { Attributes } from '#shared/access/index.ts';
import type { GateKey } from '#shared/engine/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { StoredDecision, StoredGate, StoredRun } from '../documents.ts';

/** Gate with its decision and its run. */
export interface FoundGate {
  readonly key: GateKey;
  readonly gate: StoredGate;
  readonly rev: number;
  /** Key and commitment of the gate's document. */
  readonly document: Pick<Document, 'target' | 'commitment'>;
  readonly run: StoredRun | undefined;
  readonly decision: StoredDecision | undefined;
  /** Attributes of the gate's workspace. */
  readonly attributes: Attributes;
}
