import type { Json, SealedClass } from '#shared/kernel/index.ts';
import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { SealedBody } from './fields.ts';
import type { RunKey } from './run.ts';

/**
 * Record of a collection: imported reference data, or a registration by a step of a run. Contains
 * clear values, and sealed values by class.
 */
export type RecordBody = {
  readonly v: 'record/1';
  /** First run that registered the id. Absent in an imported record. */
  readonly run?: string;
  /** Reference of the subject of the record. */
  readonly subject?: string;
  /** Absent in a registration without values. */
  readonly values?: Readonly<Record<string, Json>>;
  /** Absent in a registration. */
  readonly sealed?: Readonly<Partial<Record<SealedClass, SealedBody>>>;
};

type AutomationScope = Omit<RunKey, 'run'>;

/** Key of a record. @param id - Encoded. */
export const recordTarget = (scope: AutomationScope, collection: string, id: string) =>
  joinTarget('record', scope, `${collection}.${id}`);

export const recordKind = /* @__PURE__ */ documentKind<RecordBody>({ v: 'record/1', members: {} });

/** Total amounts that all runs have reserved or drawn from the balances of a record. */
export type BalanceBody = {
  readonly v: 'balance/1';
  readonly used: Readonly<Record<string, number>>;
};

/** Key of the balances of a record. Separate from the record, which no step may change. */
export const balanceTarget = (scope: AutomationScope, collection: string, id: string) =>
  joinTarget('balance', scope, `${collection}.${id}`);

export const balanceKind = /* @__PURE__ */ documentKind<BalanceBody>({
  v: 'balance/1',
  members: { used: 'map' },
});
