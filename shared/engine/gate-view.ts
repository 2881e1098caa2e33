import { sha256 } from '#shared/audit/index.ts';
import { canonicalBytes, type Json } from '#shared/kernel/index.ts';
import type { Document } from '#shared/ledger/index.ts';
import type { GateBody } from './documents/index.ts';

/** What one person is shown of a gate, by what they may read. */
export interface GateView {
  /** Names of the fields whose values they are shown. */
  readonly shown: readonly string[];
  /** Why it waits, in the sentences that they are shown. */
  readonly hits: readonly { readonly rule: string; readonly says: string }[];
}

/** How much of a gate a view leaves out. */
export interface Withheld {
  readonly fields: number;
  readonly hits: number;
}

/** The view of somebody who may read everything. */
export function fullView(gate: Pick<GateBody, 'shown' | 'hits'>): GateView {
  return { shown: namesOf(gate), hits: hitsOf(gate) };
}

/** Counts what a view leaves out of the gate, or tells in other words. */
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
 * The text that names exactly what a person was shown, which their decision repeats: another gate,
 * another state of it, or another view of it gives another text. A decision is taken from a whole
 * view alone, so it can be computed again from what is stored of it.
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

/** {@link viewDigest} of the whole view that a stored decision was made on. */
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

// steps open gates, so a document may lack what a gate has
const namesOf = ({ shown }: Partial<Pick<GateBody, 'shown'>>) => Object.keys(shown ?? {}).sort();
const hitsOf = ({ hits }: Partial<Pick<GateBody, 'hits'>>) => hits ?? [];
