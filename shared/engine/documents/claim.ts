import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/** Claim of the vendor call of an external step, committed before the request is sent. */
export type ClaimBody = {
  readonly v: 'claim/1';
  readonly run: string;
  readonly step: string;
  readonly vendor: string;
  /**
   * Number of the intent, from 1. Each number is a separate effect. The number is increased only
   * after a definite refusal, or by a person.
   */
  readonly intent: number;
  /**
   * - `open`: the request may have acted, or may still act.
   * - `unsent`: no request reached the vendor, so the same request can be sent again.
   * - `refused`: the vendor refused the request, and no earlier request was sent. The next attempt
   *   is a new intent.
   */
  readonly state: 'open' | 'unsent' | 'refused';
  /**
   * End of the lease, in milliseconds since 1970. The holder may still be working until then. After
   * that, another delivery settles the claim.
   */
  readonly leaseUntil: number;
  readonly claimedAt: number;
  /** SHA-256 of the exact request. */
  readonly hash: string;
  /**
   * Exact request, sealed under every subject and class that the step reads. Erasing any of them
   * erases the request.
   */
  readonly request: string;
  readonly layers: readonly {
    readonly class: string;
    readonly subject: string;
    readonly kc: string;
  }[];
  /** Keys of the decisions that authorize the claim. */
  readonly decisions: readonly string[];
};

/** Returns the key of the claim of a step. */
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
