import type { $ZodType, output } from 'zod/v4/core';
import type { Json } from '#shared/kernel/index.ts';
import type { FieldDeclarations, Values } from './fields.ts';

/**
 * The effect of a step: `none` only computes, `internal` changes data that Writ stores, `external`
 * makes exactly one vendor call that has an effect outside Writ. Only external steps are claimed
 * before they act, held back by the rollout, and replaced by `pretend` under the rollout `shadow`.
 */
export type Effect = 'none' | 'internal' | 'external';

/**
 * Everything that a step may use, by name. The same declaration defines the types, the run-time
 * checks and the IAM role.
 */
export interface Authority {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly secrets: readonly string[];
  readonly vendors: readonly string[];
  /** Collections of records that the step may read. */
  readonly lookups: readonly string[];
  /** Collections that the step may insert records into. It cannot change or remove records. */
  readonly registers: readonly string[];
  /** Collections whose balances the step may reserve for its run. */
  readonly reserves: readonly string[];
  /** Collections from which the step draws the amounts that its run has reserved. */
  readonly draws: readonly string[];
  readonly effect: Effect;
}

/** Step in the form that the engine runs. Created by {@link Automation.step}. */
export interface Step {
  readonly name: string;
  readonly authority: Authority;
  readonly run: (context: never) => unknown;
  readonly pretend?: (fields: never) => unknown;
}

/** Calls one vendor. This is a step's only access to vendors. */
export interface VendorClient {
  /**
   * Sends JSON to a path of the vendor and returns its answer. A step can make only one call.
   *
   * @param answer - Schema of the answer. Answers are validated like any input.
   * @throws `vendor.refused` if the vendor refused the request, which then had no effect. A step
   *   may catch this error and return a result. The engine handles every other error: a step that
   *   catches one still fails.
   */
  post<S extends $ZodType>(path: string, body: Json, answer: S): Promise<output<S>>;
}

/** Reads a collection that the step declares in `lookups`. */
export interface RecordReader<V> {
  /** Returns the record with an id, or `undefined`. Strongly consistent. */
  find(id: string): Promise<V | undefined>;
}

/** Inserts records into a collection that the step declares in `registers`. */
export interface RecordRegister<V> {
  /**
   * Claims an id for this run, unless another run holds the id. The first run holds it permanently.
   * The record is inserted in the commit of the step's result. If two runs claim an id at the same
   * time, one claim succeeds. The step of the other run is run again and reads which run holds the
   * id.
   *
   * @param values - Fields of the record, for readers of the collection. Only the values of the
   *   first claim are stored.
   * @returns id of the run that holds the record: this run if the record was free or already held
   *   by this run.
   */
  claim(id: string, values?: V): Promise<string>;
}

/** Result of a reservation, with amounts by balance. */
export interface ReservationResult<B extends string = string> {
  /** True if the balances cover all amounts. If false, no amount is held. */
  readonly fits: boolean;
  /**
   * Amounts that were left before this reservation. Negative if more was drawn than the record
   * allows.
   */
  readonly left: Readonly<Partial<Record<B, number>>>;
}

/** Reserves balances of a collection that the step declares in `reserves`. */
export interface RecordBalances<B extends string> {
  /**
   * Reserves part of a record's balances for this run, in the commit of the step's result. A
   * reserved amount is not available to other runs. It is released when a gate rejects the run, and
   * drawn permanently when a step that declares `draws` acts.
   *
   * Either all amounts fit, or no amount is held. A reservation that does not fit is stored as a
   * request: an external step that draws it waits for a person under every rollout except `shadow`.
   * A negative amount is a credit: drawing it adds to the balance.
   *
   * @param amounts - One or more integers in the unit of the balance, all of the same sign.
   * @param options.hold - `false` stores the request without holding any amount, as if it did not
   *   fit.
   * @returns undefined if the record does not exist. In that case, nothing is reserved.
   * @throws `reservation.invalid` for invalid amounts, for a record that the step has already
   *   reserved, and for more than {@link RESERVATIONS_MAX} records.
   */
  reserve(
    id: string,
    amounts: Readonly<Partial<Record<B, number>>>,
    options?: { readonly hold?: boolean },
  ): Promise<ReservationResult<B> | undefined>;
}

/**
 * Maximum number of records that one step may reserve. The audit entry names each record up to
 * three times, and has space for this many ids of maximum length.
 */
export const RESERVATIONS_MAX = 20;

type Client<Rec, L, G, E, N> = (N extends L
  ? RecordReader<N extends keyof Rec ? RecordValue<Rec[N]> : never>
  : unknown) &
  (N extends G ? RecordRegister<N extends keyof Rec ? RecordValue<Rec[N]> : never> : unknown) &
  (N extends E ? RecordBalances<N extends keyof Rec ? BalanceName<Rec[N]> : never> : unknown);
type BalanceName<R> = R extends { readonly balances: infer B } ? keyof B & string : never;
type RecordValue<R> = R extends { readonly fields: infer F extends FieldDeclarations }
  ? Values<F, keyof F>
  : never;

/**
 * Argument of a step's `run`: access to everything that the step declares, until it returns.
 *
 * @example
 * ```ts
 * import * as z from 'zod/mini';
 * import { automation } from 'writ';
 *
 * const refund = automation({
 *   name: 'refund',
 *   version: 1,
 *   purpose: 'pay customers back',
 *   subjects: {},
 *   fields: { orderId: z.string(), total: z.optional(z.int()) },
 *   records: { order: { fields: { total: z.int() } } },
 * });
 *
 * export const findOrder = refund.step('find-order', {
 *   reads: ['orderId'],
 *   writes: ['total'],
 *   lookups: ['order'],
 *   effect: 'none',
 *   async run({ fields, record }) {
 *     const order = await record('order').find(fields.orderId);
 *     return { total: order?.total };
 *   },
 * });
 * ```
 */
export interface StepContext<
  F,
  Rec,
  R extends keyof F,
  Sec extends string,
  V extends string,
  L extends string,
  G extends string,
  E extends string = never,
> {
  /**
   * The fields in `reads`. Each field is decrypted when it is read, and named in the audit entry.
   */
  readonly fields: Values<F, R>;
  /** Returns a secret in `secrets`. Never put it into a field, a log line or an error. */
  secret(name: Sec): Promise<string>;
  /** Returns the client of the vendor in `vendors`. */
  vendor(name: V): VendorClient;
  /** Returns access to a collection in `lookups`, `registers` or `reserves`. */
  record<const N extends L | G | E>(collection: N): Client<Rec, L, G, E, N>;
  /** Id of the run. */
  readonly run: string;
  /** Aborted when the timeout of the step expires. */
  readonly signal: AbortSignal;
}

/**
 * `Out` if all its members are in `W`; otherwise a type that no value satisfies, so that an
 * additional member fails to compile.
 */
type Exactly<Out, W extends PropertyKey> =
  Exclude<keyof Out, W> extends never ? Out : { readonly [K in Exclude<keyof Out, W>]: never };

/** The authority of a step, and its function. {@link Authority} describes the lists. */
export interface StepDeclaration<
  F,
  Rec,
  R extends keyof F & string,
  W extends keyof F & string,
  Sec extends string,
  V extends string,
  L extends keyof Rec & string,
  G extends keyof Rec & string,
  E extends keyof Rec & string,
  D extends keyof Rec & string,
  Out extends Values<F, W>,
> {
  readonly reads?: readonly R[];
  readonly writes?: readonly W[];
  readonly secrets?: readonly Sec[];
  readonly lookups?: readonly L[];
  readonly registers?: readonly G[];
  readonly reserves?: readonly E[];
  readonly draws?: readonly D[];
  /**
   * Performs the work and returns the fields in `writes`. Runs again after a failure or a crash, so
   * everything except the vendor call must be safe to repeat.
   */
  run(context: StepContext<F, Rec, R, Sec, V, L, G, E>): Promise<Exactly<Out, W>> | Exactly<Out, W>;
}

/** The part of a step's declaration that depends on its effect. */
export type EffectDeclaration<
  F,
  R extends keyof F & string,
  W extends keyof F & string,
  V extends string,
> =
  | { readonly effect: 'none' | 'internal'; readonly vendors?: never; readonly pretend?: never }
  | {
      readonly effect: 'external';
      readonly vendors: readonly [V];
      /**
       * Called instead of `run` under the rollout `shadow`. Returns the values that the step would
       * write.
       */
      pretend(fields: Values<F, R>): Values<F, W>;
    };
