import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/**
 * - `held`: counted in the balance.
 * - `short`: exceeds the balance. Counted only after it is drawn, which requires a decision.
 * - `credit`: negative amounts. Counted only after they are drawn.
 * - `drawn`: final, and counted.
 * - `released`: returned, and not counted.
 */
export type ReservationState = 'held' | 'short' | 'credit' | 'drawn' | 'released';

/** Reserved amounts of one record. */
export type ReservedItem = {
  readonly collection: string;
  /** Id of the record, encoded as in its key. */
  readonly id: string;
  readonly amounts: Readonly<Record<string, number>>;
  readonly state: ReservationState;
};

/** Reservations of one step of a run. Only that step inserts the document. */
export type ReservationBody = {
  readonly v: 'reservation/1';
  readonly run: string;
  readonly step: string;
  readonly items: readonly ReservedItem[];
};

/** Key of the reservations of a step. */
export const reservationTarget = (key: RunKey, step: string) =>
  joinTarget('reservation', key, `${key.run}.${step}`);

export const reservationKind = /* @__PURE__ */ documentKind<ReservationBody>({
  v: 'reservation/1',
  members: { items: 'lists' },
});
