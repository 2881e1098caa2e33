import type { Diff } from '#shared/audit/index.ts';
import { type Flow, RESERVATIONS_MAX, type Reserved } from '#shared/automation/index.ts';
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

/** What a commit holds to reserve, draw or give back. */
export interface ReservationChanges {
  readonly changes: readonly Change[];
  readonly checks: readonly Check[];
  readonly diffs: Readonly<Record<string, readonly Diff[]>>;
}

const NOTHING: ReservationChanges = { changes: [], checks: [], diffs: {} };

/** Reservations as a step makes them: computed while it runs, committed with its result. */
export class StepReservations {
  readonly #session: RunSession;
  readonly #step: string;
  readonly #items = new Map<string, ReservedItem>();
  /**
   * Records that were asked for, also while they are being read: a step may ask for several at
   * once.
   */
  readonly #asked = new Set<string>();
  readonly #changes: Change[] = [];
  readonly #checks: Check[] = [];
  readonly #diffs: Record<string, readonly Diff[]> = {};

  constructor(session: RunSession, step: string) {
    this.#session = session;
    this.#step = step;
  }

  /**
   * Computes a reservation from the record and its balance as they stand.
   *
   * @returns undefined when there is no such record; `record` is what was looked at, for the entry.
   * @throws {@link ReservationError}
   */
  async reserve(
    collection: string,
    id: string,
    amounts: Readonly<Record<string, number | undefined>>,
    options: { readonly hold?: boolean } = {},
  ): Promise<{ readonly record: Document; readonly reserved: Reserved } | undefined> {
    const asked = this.#checkedAmounts(collection, amounts);
    const encoded = recordKey(id);
    const recordAt = recordTarget(this.#session.key, collection, encoded);
    const balanceAt = balanceTarget(this.#session.key, collection, encoded);

    this.#assertRoom(recordAt, collection);
    this.#asked.add(recordAt);

    const found = await readAll(this.#session.ports.ledger, [recordAt, balanceAt]);
    const record = found.get(recordAt);
    if (record === undefined) return undefined;

    const standing = found.get(balanceAt);
    const used = usedOf(standing);
    const allowed = this.#allowed(collection, record);
    const left = Object.fromEntries(
      Object.keys(asked).map((name) => [name, (allowed[name]?.total ?? 0) - (used[name] ?? 0)]),
    );
    const fits = Object.entries(asked).every(([name, amount]) => {
      const after = (used[name] ?? 0) + amount;
      return amount < 0 ? after >= 0 : after <= (allowed[name]?.limit ?? 0);
    });

    const holds = fits && options.hold !== false;
    const isCredit = Object.values(asked).some((amount) => amount < 0);
    const state = !holds ? 'short' : isCredit ? 'credit' : 'held';

    this.#items.set(recordAt, { collection, id: encoded, amounts: asked, state });

    if (standing === undefined || state === 'held')
      this.#setBalance(
        balanceAt,
        standing,
        state === 'held' ? add(used, asked, 1) : add(used, asked, 0),
      );

    // what the amounts were compared with must still stand when they are committed
    this.#checks.push({ target: recordAt, at: record });

    return { record, reserved: { fits, left } };
  }

  /** What the commit of the step's result adds. */
  commit(): ReservationChanges {
    if (this.#items.size === 0) return NOTHING;

    const own = reservationTarget(this.#session.key, this.#step);
    const items = [...this.#items.values()];

    const body: ReservationBody = {
      v: 'reservation/1',
      run: this.#session.key.run,
      step: this.#step,
      items,
    };

    const diff = items.map(
      (item): Diff => ({
        field: labelOf(item),
        after: { amounts: item.amounts, state: item.state },
      }),
    );

    return {
      changes: [...this.#changes, reservationKind.insert(own, body)],
      checks: this.#checks,
      diffs: { ...this.#diffs, [own]: diff },
    };
  }

  #setBalance(
    at: string,
    standing: Document | undefined,
    used: Readonly<Record<string, number>>,
  ): void {
    const { change, diff } = balanceChange(at, standing, used);
    this.#changes.push(change);
    this.#diffs[at] = diff;
  }

  #checkedAmounts(
    collection: string,
    amounts: Readonly<Record<string, number | undefined>>,
  ): Record<string, number> {
    const balances = Object.keys(this.#session.flow.records[collection]?.balances ?? {});
    const asked = Object.entries(amounts).filter(
      (pair): pair is [string, number] => pair[1] !== undefined,
    );

    const unknown = asked.find(([name]) => !balances.includes(name));
    if (unknown !== undefined || asked.length === 0)
      throw new ReservationError(
        `step ${this.#step} must name balances of ${collection}; allowed are ${balances.join(', ')}`,
      );
    if (!asked.every(([, amount]) => Number.isSafeInteger(amount)))
      throw new ReservationError(`step ${this.#step} must reserve whole numbers of ${collection}`);
    if (asked.some(([, amount]) => amount < 0) && asked.some(([, amount]) => amount > 0))
      throw new ReservationError(
        `step ${this.#step} must reserve amounts of one sign in one reservation of ${collection}`,
      );

    return Object.fromEntries(asked);
  }

  #assertRoom(recordAt: string, collection: string): void {
    if (this.#asked.has(recordAt))
      throw new ReservationError(
        `step ${this.#step} reserves one record of ${collection} twice; add the amounts up`,
      );

    if (this.#asked.size >= RESERVATIONS_MAX)
      throw new ReservationError(
        `step ${this.#step} reserves more than ${RESERVATIONS_MAX} records, the most one step may`,
      );
  }

  /** What a record's fields say can be drawn, without and with the declared tolerance. */
  #allowed(
    collection: string,
    record: Document,
  ): Record<string, { readonly total: number; readonly limit: number }> {
    const { values = {} } = recordKind.body(record);
    const balances = Object.entries(this.#session.flow.records[collection]?.balances ?? {});

    return Object.fromEntries(
      balances.map(([name, { tolerancePerMille }]) => {
        const total = values[name] ?? 0; // an optional one that is left out
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
 * The steps of a flow that reserve; of those that reserve some of `collections`, where they are
 * given.
 */
export function reservingSteps(flow: Flow, collections?: readonly string[]): string[] {
  return [...flow.steps.values()].flatMap(({ step: { name, authority } }) =>
    authority.reserves.some((collection) => collections?.includes(collection) ?? true)
      ? [name]
      : [],
  );
}

/** What a run has reserved, as it was loaded. */
export class RunReservations {
  readonly #key: RunKey;
  readonly #documents: readonly Document[];

  constructor({ flow, key, documents }: RunSession) {
    this.#key = key;
    this.#documents = reservingSteps(flow).flatMap(
      (step) => documents.get(reservationTarget(key, step)) ?? [],
    );
  }

  /** Whether drawing these collections would take more than their balances have room for. */
  isShort(collections: readonly string[]): boolean {
    return this.#documents.some((document) =>
      itemsOf(document).some(
        ({ collection, state }) => collections.includes(collection) && state === 'short',
      ),
    );
  }

  /** Makes final what is reserved of these collections. What was not counted before, is now. */
  draw(ledger: EnginePorts['ledger'], collections: readonly string[]): Promise<ReservationChanges> {
    return this.#settle(ledger, (item) => {
      if (!collections.includes(item.collection) || !isOpen(item)) return undefined;
      return { state: 'drawn', counts: item.state === 'held' ? 0 : 1 };
    });
  }

  /** Gives back what is reserved and not drawn. */
  release(ledger: EnginePorts['ledger']): Promise<ReservationChanges> {
    return this.#settle(ledger, (item) =>
      isOpen(item) ? { state: 'released', counts: item.state === 'held' ? -1 : 0 } : undefined,
    );
  }

  async #settle(
    ledger: EnginePorts['ledger'],
    settle: (
      item: ReservedItem,
    ) => { readonly state: ReservationState; readonly counts: -1 | 0 | 1 } | undefined,
  ): Promise<ReservationChanges> {
    const changes: Change[] = [];
    const diffs: Record<string, readonly Diff[]> = {};
    const moved = new Map<string, Record<string, number>>();

    for (const document of this.#documents) {
      const body = reservationKind.body(document);
      const diff: Diff[] = [];

      const items = body.items.map((item): ReservedItem => {
        const settled = settle(item);
        if (settled === undefined) return item;

        diff.push({ field: labelOf(item), before: item.state, after: settled.state });

        const balance = balanceTarget(this.#key, item.collection, item.id);
        if (settled.counts !== 0)
          moved.set(balance, add(moved.get(balance) ?? {}, item.amounts, settled.counts));

        return { ...item, state: settled.state };
      });
      if (diff.length === 0) continue;

      changes.push(reservationKind.replace(document.target, document, { ...body, items }));

      diffs[document.target] = diff;
    }

    for (const [at, standing] of moved.size === 0 ? [] : await readAll(ledger, [...moved.keys()])) {
      const used = add(usedOf(standing), moved.get(at) ?? {}, 1);
      // a credit gives back at most what is used when it is drawn
      const floored = Object.fromEntries(
        Object.entries(used).map(([name, amount]) => [name, Math.max(0, amount)]),
      );
      const { change, diff } = balanceChange(at, standing, floored);
      changes.push(change);
      diffs[at] = diff;
    }

    return { changes, checks: [], diffs };
  }
}

/**
 * The drawing of one attempt of a step: in the commit of its claim, or else in that of its result.
 */
export class Drawing {
  readonly #session: RunSession;
  readonly #collections: readonly string[];
  #done = false;

  constructor(session: RunSession, collections: readonly string[]) {
    this.#session = session;
    this.#collections = collections;
  }

  /**
   * What the next commit adds: nothing once it has been committed, or where the step draws nothing.
   */
  async commit(): Promise<ReservationChanges> {
    if (this.#done || this.#collections.length === 0) return NOTHING;

    const reservations = new RunReservations(this.#session);
    return reservations.draw(this.#session.ports.ledger, this.#collections);
  }

  /** The commit has happened. */
  done(): void {
    this.#done = true;
  }
}

const isOpen = ({ state }: ReservedItem) =>
  state === 'held' || state === 'short' || state === 'credit';

const itemsOf = (document: Document) => reservationKind.body(document).items;

const usedOf = (document: Document | undefined) =>
  document === undefined ? {} : balanceKind.body(document).used;

/** What entries call an item: the record that it is reserved of. */
const labelOf = ({ collection, id }: ReservedItem) => `${collection}.${id}`;

function add(
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
  at: string,
  standing: Document | undefined,
  used: Readonly<Record<string, number>>,
): { readonly change: Change; readonly diff: readonly Diff[] } {
  const before = usedOf(standing);
  const diff = Object.entries(used).flatMap(([name, after]): Diff[] =>
    before[name] === after ? [] : [{ field: name, before: before[name], after }],
  );

  return { change: balanceKind.put(at, standing, { v: 'balance/1', used }), diff };
}
