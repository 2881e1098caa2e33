import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/**
 * - `held`: counted in the balance. `short`: did not fit; counted once it is drawn, which takes a
 *   decision.
 * - `credit`: negative amounts; counted once they are drawn.
 * - `drawn`: final, and counted. `released`: returned, and not counted.
 */
export type ReservationState = 'held' | 'short' | 'credit' | 'drawn' | 'released';

export type ReservedItem = {
  readonly collection: string;
  /** Encoded, as in the key of the record. */
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
