import type { Json, SealedClass } from '#shared/kernel/index.ts';
import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { SealedBody } from './fields.ts';
import type { RunKey } from './run.ts';

/**
 * Record of a collection: imported reference data, or a registration that a step of a run made.
 * Clear values are beside the sealed values of each class.
 */
export type RecordBody = {
  readonly v: 'record/1';
  /** First run that registered the id. Absent in an imported record. */
  readonly run?: string;
  /** Reference of the subject that the record is about. */
  readonly subject?: string;
  /** Absent in a registration that keeps no values. */
  readonly values?: Readonly<Record<string, Json>>;
  /** Absent in a registration. */
  readonly sealed?: Readonly<Partial<Record<SealedClass, SealedBody>>>;
};

type AutomationScope = Omit<RunKey, 'run'>;

/** Key of a record. @param id - Encoded. */
export const recordTarget = (place: AutomationScope, collection: string, id: string) =>
  joinTarget('record', place, `${collection}.${id}`);

export const recordKind = /* @__PURE__ */ documentKind<RecordBody>({ v: 'record/1', members: {} });

/** Amounts of a record's balances that all runs together have reserved or drawn. */
export type BalanceBody = {
  readonly v: 'balance/1';
  readonly used: Readonly<Record<string, number>>;
};

/** Key of the balances of a record, which are apart from it: no step changes a record. */
export const balanceTarget = (place: AutomationScope, collection: string, id: string) =>
  joinTarget('balance', place, `${collection}.${id}`);

export const balanceKind = /* @__PURE__ */ documentKind<BalanceBody>({
  v: 'balance/1',
  members: { used: 'map' },
});
