import { fraction, type Random, seededRandom } from '#shared/kernel/index.ts';
import type { Body } from './engine.ts';

/**
 * A request as the front's log has it. Bodies are as on the wire: binary values are base64 text.
 */
export interface LoggedRequest {
  readonly operation: string;
  readonly body: Body;
}

/**
 * What goes wrong with one `ExecuteTransaction`. A request that is wrong in itself is refused
 * before any of it.
 *
 * - `conflict`: cancelled, `TransactionConflict` at statement `at` (by default the first);
 *   nothing applied
 * - `throttled`: refused whole, or with `as: 'ThrottlingError'` cancelled with that reason at
 *   statement `at`; nothing applied
 * - `in-progress`: TransactionInProgressException; nothing applied by this request
 * - `lost-before`, `lost-after`: the connection is cut and nothing was, or everything was,
 *   applied
 * - `error-before`, `error-after`: the same, answered by an InternalServerError
 * - `late`: the connection is cut now, and the request arrives when `after` more requests for
 *   data (from 1) were answered, or at `deliverLate()`. It is then a request like any other: its
 *   token holds, and it may fail
 * - `token-expired`: every token is forgotten before the request is looked at; nothing else
 *   happens to it
 */
export type Fault =
  | { readonly kind: 'conflict'; readonly at?: number }
  | {
      readonly kind: 'throttled';
      readonly as?:
        | 'ThrottlingException'
        | 'ProvisionedThroughputExceededException'
        | 'ThrottlingError';
      readonly at?: number;
    }
  | {
      readonly kind:
        | 'in-progress'
        | 'lost-before'
        | 'lost-after'
        | 'error-before'
        | 'error-after'
        | 'token-expired';
    }
  | { readonly kind: 'late'; readonly after?: number };

/**
 * What goes wrong with one read: it is refused, or its connection is cut, or - of a `BatchGetItem`
 * only - every key from `from` on (by default the second half) comes back unprocessed.
 */
export type ReadFault =
  | { readonly kind: 'throttled' | 'lost' }
  | { readonly kind: 'partial'; readonly from?: number };

/** Asked for every request it is a plan for, with its number among those, from 1. */
export type FaultPlan<F> = (nth: number, request: LoggedRequest) => F | undefined;

/** Every kind of fault a transaction can have. */
export const FAULT_KINDS = [
  'conflict',
  'throttled',
  'in-progress',
  'lost-before',
  'lost-after',
  'error-before',
  'error-after',
  'late',
  'token-expired',
] as const satisfies readonly Fault['kind'][];

/** Every kind of fault a read can have. */
export const READ_FAULT_KINDS = [
  'throttled',
  'lost',
  'partial',
] as const satisfies readonly ReadFault['kind'][];

export interface SeededFaults<K> {
  /** Which part of the requests goes wrong, from 0 to 1. */
  readonly rate: number;
  /**
   * What goes wrong, each as often as the others.
   *
   * @default - every kind
   */
  readonly kinds?: readonly K[];
}

/** A plan that is the same for the same seed, whatever was asked before. */
export function seededFaults(
  seed: string,
  { rate, kinds = FAULT_KINDS }: SeededFaults<Fault['kind']>,
): FaultPlan<Fault> {
  return (nth, { body }) => {
    const { random, kind } = draw(`${seed}/${nth}`, rate, kinds);
    const statements = Array.isArray(body.TransactStatements) ? body.TransactStatements.length : 1;

    switch (kind) {
      case undefined:
        return undefined;
      case 'conflict':
        return { kind, at: upTo(random, statements) };
      case 'throttled': {
        const as = (
          [
            'ThrottlingException',
            'ProvisionedThroughputExceededException',
            'ThrottlingError',
          ] as const
        )[upTo(random, 3)];
        return { kind, as, at: upTo(random, statements) };
      }
      case 'late':
        return { kind, after: 1 + upTo(random, 4) };
      default:
        return { kind };
    }
  };
}

/** The same for reads. */
export function seededReadFaults(
  seed: string,
  { rate, kinds = READ_FAULT_KINDS }: SeededFaults<ReadFault['kind']>,
): FaultPlan<ReadFault> {
  return (nth) => {
    const { kind } = draw(`${seed}/reads/${nth}`, rate, kinds);
    return kind === undefined ? undefined : { kind };
  };
}

function draw<K>(
  seed: string,
  rate: number,
  kinds: readonly K[],
): { readonly random: Random; readonly kind: K | undefined } {
  const random = seededRandom(seed);
  return { random, kind: fraction(random) < rate ? kinds[upTo(random, kinds.length)] : undefined };
}

const upTo = (random: Random, limit: number): number => Math.floor(fraction(random) * limit);
