import type { Attributes } from '#shared/access/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { StoredDecision, StoredGate, StoredRun } from '../documents.ts';
import type { GateKey } from '../references.ts';

/** A gate, and what is known about it. */
export interface FoundGate {
  readonly key: GateKey;
  readonly gate: StoredGate;
  readonly rev: number;
  /** Key and commitment of the gate's document. */
  readonly document: Pick<Document, 'target' | 'commitment'>;
  readonly run: StoredRun | undefined;
  readonly decision: StoredDecision | undefined;
  /** Of its workspace. */
  readonly attributes: Attributes;
}
