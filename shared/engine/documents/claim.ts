import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/** The one vendor call of an external step, committed before the request leaves. */
export type ClaimBody = {
  readonly v: 'claim/1';
  readonly run: string;
  readonly step: string;
  readonly vendor: string;
  /** From 1. Raised only after a definite refusal, or by a person: it is another effect. */
  readonly intent: number;
  /**
   * - `open`: the request may have acted, or may still act.
   * - `unsent`: every sending ended before the request left, so it can be sent again.
   * - `refused`: the vendor refused, and no earlier request was sent; the next attempt is a new
   *   intent.
   */
  readonly state: 'open' | 'unsent' | 'refused';
  /** Until then the holder may be at work. Afterwards another delivery settles the claim. */
  readonly leaseUntil: number;
  readonly claimedAt: number;
  /** SHA-256 of the exact request. */
  readonly hash: string;
  /**
   * The exact request, sealed under every subject and class that the step reads: erasing any of
   * them erases the request.
   */
  readonly request: string;
  readonly layers: readonly {
    readonly class: string;
    readonly subject: string;
    readonly kc: string;
  }[];
  /** Keys of the decisions that the claim relies on. */
  readonly decisions: readonly string[];
};

/** Key of the claim of a step. */
export const claimTarget = (key: RunKey, step: string) =>
  joinTarget('claim', key, `${key.run}.${step}`);

export const claimKind = /* @__PURE__ */ documentKind<ClaimBody>({
  v: 'claim/1',
  members: {
    intent: 'number',
    claimedAt: 'number',
    request: 'string',
    layers: 'lists',
    decisions: 'list',
  },
});
