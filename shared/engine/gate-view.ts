import { sha256 } from '#shared/audit/index.ts';
import { canonicalBytes, type Json } from '#shared/kernel/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { GateBody } from './documents/index.ts';

/** View of a gate for one person, restricted to what the person may read. */
export interface GateView {
  /** Names of the fields whose values are shown. */
  readonly shown: readonly string[];
  /** Reasons why the gate waits, as shown to the person. */
  readonly hits: readonly { readonly rule: string; readonly says: string }[];
}

/** Number of fields and reasons that a view withholds. */
export interface Withheld {
  readonly fields: number;
  readonly hits: number;
}

/** Returns the view of a person who may read everything. */
export function fullView(gate: Pick<GateBody, 'shown' | 'hits'>): GateView {
  return { shown: namesOf(gate), hits: hitsOf(gate) };
}

/** Counts the fields and reasons of a gate that a view omits or redacts. */
export function countWithheld(gate: Pick<GateBody, 'shown' | 'hits'>, view: GateView): Withheld {
  const shown = new Set(view.shown);
  return {
    fields: namesOf(gate).filter((name) => !shown.has(name)).length,
    hits: hitsOf(gate).filter(
      ({ rule, says }, i) => rule !== view.hits[i]?.rule || says !== view.hits[i]?.says,
    ).length,
  };
}

/**
 * Returns the digest of a view: SHA-256 of the gate, its commitment, the shown fields and reasons.
 * A decision repeats it as `seen`, so a decision on a different state or view of the gate is
 * refused. Decisions require the full view, so the digest can be computed again from the stored
 * decision.
 */
export function viewDigest(
  document: Pick<Document, 'target' | 'commitment'>,
  gate: Pick<GateBody, 'shown' | 'hits'>,
  view: GateView,
): string {
  const hits =
    countWithheld(gate, view).hits === 0
      ? 'whole'
      : view.hits.map(({ rule, says }) => ({ rule, says }));
  return digestView(document, view.shown, hits);
}

/** Returns the {@link viewDigest} of the full view that a stored decision was made on. */
export function decisionViewDigest(
  gateTarget: string,
  decision: { readonly seen: string; readonly shown?: readonly string[] },
): string | undefined {
  return (
    decision.shown &&
    digestView({ target: gateTarget, commitment: decision.seen }, decision.shown, 'whole')
  );
}

function digestView(
  { target, commitment }: Pick<Document, 'target' | 'commitment'>,
  shown: readonly string[],
  hits: Json,
): string {
  return sha256(
    canonicalBytes({ v: 'seen/1', gate: target, commitment, shown: [...shown].sort(), hits }),
  );
}

// steps can write gate documents, so a document can lack these members
const namesOf = ({ shown }: Partial<Pick<GateBody, 'shown'>>) => Object.keys(shown ?? {}).sort();
const hitsOf = ({ hits }: Partial<Pick<GateBody, 'hits'>>) => hits ?? [];
