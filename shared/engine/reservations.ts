import type { Diff } from '#shared/audit/index.ts';
import { type Flow, RESERVATIONS_MAX, type ReservationResult } from '#shared/automation/index.ts';
import type { Change, Check, Document } from '#shared/ledger/index.ts';
import {
  balanceKind,
  balanceTarget,
  type ReservationBody,
  type ReservationState,
  type ReservedItem,
  type RunKey,
  recordKind,
  recordTarget,
  reservationKind,
  reservationTarget,
} from './documents/index.ts';
import { ReservationError } from './errors.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { recordKey } from './records.ts';
import type { RunSession } from './run-session.ts';

/** Parts of a commit that reserve, draw or release. */
export interface ReservationChanges {
  readonly changes: readonly Change[];
  readonly checks: readonly Check[];
  readonly diffs: Readonly<Record<string, readonly Diff[]>>;
}

const NOTHING: ReservationChanges = { changes: [], checks: [], diffs: {} };

/** Reservations of a step. Computed while the step runs, and committed with its result. */
export class StepReservations {
  readonly #session: RunSession;
  readonly #step: string;
  readonly #items = new Map<string, ReservedItem>();
  /**
   * Keys of the records to reserve. A key is added before its record is read, because a step may
   * reserve several records concurrently.
   */
  readonly #requestedRecords = new Set<string>();
  readonly #changes: Change[] = [];
  readonly #checks: Check[] = [];
  readonly #diffs: Record<string, readonly Diff[]> = {};

  constructor(session: RunSession, step: string) {
    this.#session = session;
    this.#step = step;
  }

  /**
   * Computes a reservation from the stored record and balance.
   *
   * @returns the document of the record, for the audit entry, and the result; undefined when the
   *   record does not exist.
   * @throws {@link ReservationError}
   */
  async reserve(
    collection: string,
    id: string,
    amounts: Readonly<Record<string, number | undefined>>,
    options: { readonly hold?: boolean } = {},
  ): Promise<{ readonly record: Document; readonly reserved: ReservationResult } | undefined> {
    const requested = this.#checkedAmounts(collection, amounts);
    const encodedId = recordKey(id);
    const recordAt = recordTarget(this.#session.key, collection, encodedId);
    const balanceAt = balanceTarget(this.#session.key, collection, encodedId);

    this.#assertReservable(recordAt, collection);
    this.#requestedRecords.add(recordAt);

    const documents = await readAll(this.#session.ports.ledger, [recordAt, balanceAt]);
    const record = documents.get(recordAt);
    if (record === undefined) return undefined;

    const balance = documents.get(balanceAt);
    const used = usedAmounts(balance);
    const allowed = this.#allowedAmounts(collection, record);
    const left = Object.fromEntries(
      Object.keys(requested).map((name) => [name, (allowed[name]?.total ?? 0) - (used[name] ?? 0)]),
    );
    const fits = Object.entries(requested).every(([name, amount]) => {
      const after = (used[name] ?? 0) + amount;
      return amount < 0 ? after >= 0 : after <= (allowed[name]?.limit ?? 0);
    });

    const holds = fits && options.hold !== false;
    const isCredit = Object.values(requested).some((amount) => amount < 0);
    const state = !holds ? 'short' : isCredit ? 'credit' : 'held';

    this.#items.set(recordAt, { collection, id: encodedId, amounts: requested, state });

    if (balance === undefined || state === 'held')
      this.#setBalance(balanceAt, balance, addAmounts(used, requested, state === 'held' ? 1 : 0));

    // the reservation depends on the record's amounts, so the commit must conflict if they change
    this.#checks.push({ target: recordAt, at: record });

    return { record, reserved: { fits, left } };
  }

  /** Returns the reservations to add to the commit of the step's result. */
  commit(): ReservationChanges {
    if (this.#items.size === 0) return NOTHING;

    const target = reservationTarget(this.#session.key, this.#step);
    const items = [...this.#items.values()];

    const body: ReservationBody = {
      v: 'reservation/1',
      run: this.#session.key.run,
      step: this.#step,
      items,
    };

    const diff = items.map(
      (item): Diff => ({
        field: itemLabel(item),
        after: { amounts: item.amounts, state: item.state },
      }),
    );

    return {
      changes: [...this.#changes, reservationKind.insert(target, body)],
      checks: this.#checks,
      diffs: { ...this.#diffs, [target]: diff },
    };
  }

  #setBalance(
    target: string,
    stored: Document | undefined,
    used: Readonly<Record<string, number>>,
  ): void {
    const { change, diff } = balanceChange(target, stored, used);
    this.#changes.push(change);
    this.#diffs[target] = diff;
  }

  #checkedAmounts(
    collection: string,
    amounts: Readonly<Record<string, number | undefined>>,
  ): Record<string, number> {
    const balances = Object.keys(this.#session.flow.records[collection]?.balances ?? {});
    const requested = Object.entries(amounts).filter(
      (pair): pair is [string, number] => pair[1] !== undefined,
    );

    const unknown = requested.find(([name]) => !balances.includes(name));
    if (unknown !== undefined || requested.length === 0)
      throw new ReservationError(
        `step ${this.#step} must name balances of ${collection}; allowed are ${balances.join(', ')}`,
      );
    if (!requested.every(([, amount]) => Number.isSafeInteger(amount)))
      throw new ReservationError(`step ${this.#step} must reserve whole numbers of ${collection}`);
    if (requested.some(([, amount]) => amount < 0) && requested.some(([, amount]) => amount > 0))
      throw new ReservationError(
        `step ${this.#step} must reserve amounts of one sign in one reservation of ${collection}`,
      );

    return Object.fromEntries(requested);
  }

  #assertReservable(recordAt: string, collection: string): void {
    if (this.#requestedRecords.has(recordAt))
      throw new ReservationError(
        `step ${this.#step} reserves one record of ${collection} twice; add the amounts up`,
      );

    if (this.#requestedRecords.size >= RESERVATIONS_MAX)
      throw new ReservationError(
        `step ${this.#step} reserves more than ${RESERVATIONS_MAX} records, the most one step may`,
      );
  }

  /** Returns the amounts in a record's fields: `limit` includes the declared tolerance. */
  #allowedAmounts(
    collection: string,
    record: Document,
  ): Record<string, { readonly total: number; readonly limit: number }> {
    const { values = {} } = recordKind.body(record);
    const balances = Object.entries(this.#session.flow.records[collection]?.balances ?? {});

    return Object.fromEntries(
      balances.map(([name, { tolerancePerMille }]) => {
        const total = values[name] ?? 0; // an optional field may be missing
        if (typeof total !== 'number' || !Number.isSafeInteger(total))
          throw new ReservationError(
            `a record of ${collection} has no whole number in ${name}; import it again`,
          );

        return [
          name,
          { total, limit: Number((BigInt(total) * BigInt(1_000 + tolerancePerMille)) / 1_000n) },
        ];
      }),
    );
  }
}

/**
 * Returns the names of the steps that reserve records of `collections`, or of any collection if
 * `collections` is not given.
 */
export function reservingSteps(flow: Flow, collections?: readonly string[]): string[] {
  return [...flow.steps.values()].flatMap(({ step: { name, authority } }) =>
    authority.reserves.some((collection) => collections?.includes(collection) ?? true)
      ? [name]
      : [],
  );
}

/** Reservations of a run, as the session loaded them. */
export class RunReservations {
  readonly #key: RunKey;
  readonly #documents: readonly Document[];

  constructor({ flow, key, documents }: RunSession) {
    this.#key = key;
    this.#documents = reservingSteps(flow).flatMap(
      (step) => documents.get(reservationTarget(key, step)) ?? [],
    );
  }

  /** Tests whether a reservation of these collections exceeds its balance. */
  isShort(collections: readonly string[]): boolean {
    return this.#documents.some((document) =>
      itemsOf(document).some(
        ({ collection, state }) => collections.includes(collection) && state === 'short',
      ),
    );
  }

  /**
   * Makes the reservations of these collections final. From now on, short reservations and credits
   * also count toward their balance.
   */
  draw(ledger: EnginePorts['ledger'], collections: readonly string[]): Promise<ReservationChanges> {
    return this.#settle(ledger, (item) => {
      if (!collections.includes(item.collection) || !isOpen(item)) return undefined;
      return { state: 'drawn', times: item.state === 'held' ? 0 : 1 };
    });
  }

  /** Releases the reservations that have not been drawn. */
  release(ledger: EnginePorts['ledger']): Promise<ReservationChanges> {
    return this.#settle(ledger, (item) =>
      isOpen(item) ? { state: 'released', times: item.state === 'held' ? -1 : 0 } : undefined,
    );
  }

  async #settle(
    ledger: EnginePorts['ledger'],
    settle: (
      item: ReservedItem,
    ) => { readonly state: ReservationState; readonly times: -1 | 0 | 1 } | undefined,
  ): Promise<ReservationChanges> {
    const changes: Change[] = [];
    const diffs: Record<string, readonly Diff[]> = {};
    const balanceDeltas = new Map<string, Record<string, number>>();

    for (const document of this.#documents) {
      const body = reservationKind.body(document);
      const diff: Diff[] = [];

      const items = body.items.map((item): ReservedItem => {
        const settled = settle(item);
        if (settled === undefined) return item;

        diff.push({ field: itemLabel(item), before: item.state, after: settled.state });

        if (settled.times !== 0) {
          const target = balanceTarget(this.#key, item.collection, item.id);
          const delta = balanceDeltas.get(target) ?? {};
          balanceDeltas.set(target, addAmounts(delta, item.amounts, settled.times));
        }

        return { ...item, state: settled.state };
      });
      if (diff.length === 0) continue;

      changes.push(reservationKind.replace(document.target, document, { ...body, items }));
      diffs[document.target] = diff;
    }

    for (const [target, stored] of await readAll(ledger, [...balanceDeltas.keys()])) {
      const used = addAmounts(usedAmounts(stored), balanceDeltas.get(target) ?? {}, 1);
      // a credit cannot reduce the used amount below zero
      const floored = Object.fromEntries(
        Object.entries(used).map(([name, amount]) => [name, Math.max(0, amount)]),
      );
      const { change, diff } = balanceChange(target, stored, floored);
      changes.push(change);
      diffs[target] = diff;
    }

    return { changes, checks: [], diffs };
  }
}

/**
 * Draw of one attempt of a step. It is part of the first commit of the attempt: the claim or,
 * without a claim, the result.
 */
export class StepDraw {
  readonly #session: RunSession;
  readonly #collections: readonly string[];
  #isCommitted = false;

  constructor(session: RunSession, collections: readonly string[]) {
    this.#session = session;
    this.#collections = collections;
  }

  /**
   * Returns the draw to add to the next commit. Empty if the draw is already committed, or if the
   * step does not draw reservations.
   */
  async commit(): Promise<ReservationChanges> {
    if (this.#isCommitted || this.#collections.length === 0) return NOTHING;

    const reservations = new RunReservations(this.#session);
    return reservations.draw(this.#session.ports.ledger, this.#collections);
  }

  /** Records that the draw has been committed. */
  markCommitted(): void {
    this.#isCommitted = true;
  }
}

const isOpen = ({ state }: ReservedItem) =>
  state === 'held' || state === 'short' || state === 'credit';

const itemsOf = (document: Document) => reservationKind.body(document).items;

const usedAmounts = (document: Document | undefined) =>
  document === undefined ? {} : balanceKind.body(document).used;

/** Returns the name of an item in audit entries: collection and record id. */
const itemLabel = ({ collection, id }: ReservedItem) => `${collection}.${id}`;

/** Adds `amounts`, multiplied by `times`, to `to`. */
function addAmounts(
  to: Readonly<Record<string, number>>,
  amounts: Readonly<Record<string, number>>,
  times: -1 | 0 | 1,
): Record<string, number> {
  const sum = { ...to };
  for (const [name, amount] of Object.entries(amounts))
    sum[name] = (sum[name] ?? 0) + times * amount;

  return sum;
}

function balanceChange(
  target: string,
  stored: Document | undefined,
  used: Readonly<Record<string, number>>,
): { readonly change: Change; readonly diff: readonly Diff[] } {
  const before = usedAmounts(stored);
  const diff = Object.entries(used).flatMap(([name, after]): Diff[] =>
    before[name] === after ? [] : [{ field: name, before: before[name], after }],
  );

  return { change: balanceKind.put(target, stored, { v: 'balance/1', used }), diff };
}
