import type { $ZodType, output } from 'zod/v4/core';
import type { Json } from '#shared/kernel/index.ts';
import type { FieldDeclarations, Values } from './fields.ts';

/**
 * What a step does to the world: `none` only computes, `internal` changes what Writ stores,
 * `external` makes exactly one call to a vendor that changes something outside. Only external
 * effects are claimed, gated by rollout, and pretended.
 */
export type Effect = 'none' | 'internal' | 'external';

/**
 * What a step needs, all of it, by name. The same declaration gives the types, the run-time checks
 * and the cloud role.
 */
export interface Authority {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly secrets: readonly string[];
  readonly vendors: readonly string[];
  /** Collections of records the step may look things up in. */
  readonly lookups: readonly string[];
  /** Collections the step may enter a new record into; never change or remove one. */
  readonly registers: readonly string[];
  /** Collections whose balances the step may reserve for its run. */
  readonly reserves: readonly string[];
  /** Collections of which the step makes final what the run has reserved. */
  readonly draws: readonly string[];
  readonly effect: Effect;
}

/** A step as the engine sees it. Authors make one with `automation(…).step(…)`. */
export interface Step {
  readonly name: string;
  readonly authority: Authority;
  readonly run: (context: never) => unknown;
  readonly pretend?: (fields: never) => unknown;
}

/** The only way a step reaches a vendor. */
export interface VendorClient {
  /**
   * Sends JSON to `path` of the vendor and reads its answer. The first call of the step, and the
   * only one.
   *
   * When it throws `vendor.refused` the vendor said no and nothing happened there; a step may catch
   * it and return what follows from a refusal. Any other error is the engine's to handle: a step
   * that catches one fails all the same.
   *
   * @param answer - What the answer must look like. The vendor is outside: it is checked like any
   *   input.
   */
  post<S extends $ZodType>(path: string, body: Json, answer: S): Promise<output<S>>;
}

/** A collection of records a step declared. */
export interface RecordReader<V> {
  /** The record of that id, or `undefined`. Consistent: it is the record as it stands now. */
  find(id: string): Promise<V | undefined>;
}

export interface RecordRegister<V> {
  /**
   * Enters `id` for this run, unless a run has entered it before: the first comes to hold it, for
   * good. The entering happens in the commit of the step's result, so of two runs that try at once
   * exactly one succeeds and the other one's step runs again and sees it.
   *
   * @param values - What whoever finds the record reads, such as the id as it was written. Kept
   *   by the first entering only.
   * @returns the run that holds the id: this one's own id when it is free or already its own.
   */
  claim(id: string, values?: V): Promise<string>;
}

/** What came of a reservation. Amounts are by balance. */
export interface Reserved<B extends string = string> {
  /** Whether the balances had room for all of it. When false, nothing is held. */
  readonly fits: boolean;
  /**
   * What each balance had left before this reservation. Negative when more was drawn than the
   * record allows.
   */
  readonly left: Readonly<Partial<Record<B, number>>>;
}

export interface RecordBalances<B extends string> {
  /**
   * Reserves part of a record's balances for this run, in the commit of the step's result. What is
   * reserved is not available to other runs. It is given back when a gate rejects the run, and
   * becomes final when a step that declares `draws` acts.
   *
   * All amounts fit, or nothing is held. A reservation that does not fit is kept as a request: an
   * external step that draws it waits for a person, whatever the rollout. A negative amount is a
   * credit: it is added back when it is drawn.
   *
   * @param amounts - Whole numbers of the unit of the balance, all of one sign. At least one.
   * @param options.hold - `false` records the request without holding anything, as if it did not
   *   fit.
   * @returns undefined when there is no such record; nothing is reserved then.
   * @throws `reservation.invalid` for amounts that are not of this form, for a record reserved
   *   twice by one step, and for more than {@link RESERVATIONS_MAX} records.
   */
  reserve(
    id: string,
    amounts: Readonly<Partial<Record<B, number>>>,
    options?: { readonly hold?: boolean },
  ): Promise<Reserved<B> | undefined>;
}

/**
 * Records that one step may reserve. Its entry names each up to three times, and has to hold as
 * many of the longest ids.
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

/** What a running step holds: capabilities for what it declared, which end when it returns. */
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
  /** The declared fields. Each is opened when it is read, and the reading is in the entry. */
  readonly fields: Values<F, R>;
  /** A secret from the vault. Never put it into a field, a log line or an error. */
  secret(name: Sec): Promise<string>;
  vendor(name: V): VendorClient;
  record<const N extends L | G | E>(collection: N): Client<Rec, L, G, E, N>;
  /** Id of the run. */
  readonly run: string;
  /** Aborted when the step's time is up. */
  readonly signal: AbortSignal;
}

/**
 * `Out` when it has no member beyond `W`; otherwise a type nothing satisfies, so that the extra
 * member fails to compile.
 */
type Exactly<Out, W extends PropertyKey> =
  Exclude<keyof Out, W> extends never ? Out : { readonly [K in Exclude<keyof Out, W>]: never };

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
   * Runs once or, after a failure or a crash, again: everything but its one vendor call must bear
   * repetition.
   */
  run(context: StepContext<F, Rec, R, Sec, V, L, G, E>): Promise<Exactly<Out, W>> | Exactly<Out, W>;
}

/** What an external step declares besides; what a step of another effect must not. */
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
       * Called instead of `run` while the automation is in shadow: what the step would have
       * written.
       */
      pretend(fields: Values<F, R>): Values<F, W>;
    };
