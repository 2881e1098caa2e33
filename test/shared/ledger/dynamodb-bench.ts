import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach } from 'vitest';
import {
  checkTrail,
  type Entry,
  type EntryDraft,
  entrySchema,
  type StoredEntry,
} from '#shared/audit/index.ts';
import { CountedMetrics } from '#shared/kernel/adapters/counted-metrics.ts';
import {
  type Json,
  ManualClock,
  type MetricName,
  parseJson,
  seededRandom,
} from '#shared/kernel/index.ts';
import {
  DynamoLedger,
  type DynamoLedgerOptions,
  dynamoClient,
} from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import type { Change, Commit, Ledger, Revision } from '#shared/ledger/index.ts';
import { AT_ONCE, BUNDLE, TABLES } from '../../support/aws/dynamo-ledger.ts';
import type { Fault, ReadFault } from '../../support/aws/dynamodb/faults.ts';
import { type DynamoFront, startDynamoFront } from '../../support/aws/dynamodb/front.ts';
import { type Reply, withoutSocket } from '../../support/aws/dynamodb/http.ts';
import { cancelled, type Reason, Refusal } from '../../support/aws/dynamodb/refusal.ts';
import { MemorySender } from '../../support/aws/memory-sender.ts';
import { definitionsOf } from '../../support/aws/tables.ts';

/** A request as it left the client, also one that never arrived. */
interface Sent {
  readonly operation: string;
  readonly text: string;
}

/**
 * The ledger's adapter with everything around it in reach: what left the client, what is answered
 * in its stead, what was counted.
 */
export class DynamoBench {
  readonly front: DynamoFront;
  readonly clock: ManualClock;
  readonly sender: MemorySender;
  readonly trail: DynamoTrail;
  readonly options: DynamoLedgerOptions & { readonly client: DynamoDBClient };
  readonly #metrics: CountedMetrics;
  #sent: Sent[] = [];
  /**
   * Answers that the next requests of an operation get without arriving; `arrive` lets one through.
   */
  readonly #answers = new Map<string, (Reply | 'arrive')[]>();

  constructor(front: DynamoFront, clock: ManualClock, seed: string) {
    this.front = front;
    this.clock = clock;
    this.sender = new MemorySender(clock);
    this.#metrics = new CountedMetrics(clock);

    const requestHandler = withoutSocket((operation, text) => {
      this.#sent.push({ operation, text });
      const answer = this.#answers.get(operation)?.shift() ?? 'arrive';
      return answer === 'arrive' ? front.answer(operation, text) : Promise.resolve(answer);
    });

    const client = dynamoClient({ ...PLACE, endpoint: front.url, requestHandler });
    const random = seededRandom(seed);

    this.options = {
      client,
      tables: TABLES,
      sender: this.sender,
      clock,
      random,
      timers: AT_ONCE,
      metrics: this.#metrics,
    };

    this.trail = new DynamoTrail(this.options);
  }

  ledger(name = 'invoice-approval.pay', more: Partial<DynamoLedgerOptions> = {}): DynamoLedger {
    return new DynamoLedger({ name, bundle: BUNDLE }, { ...this.options, ...more });
  }

  /** Requests that left the client since the last call, oldest first. */
  sent(operation?: string): readonly Sent[] {
    const sent = this.#sent;
    this.#sent = [];
    return operation === undefined
      ? sent
      : sent.filter((request) => request.operation === operation);
  }

  answer(operation: string, ...answers: (Reply | 'arrive' | Refusal)[]): void {
    this.#answers.set(
      operation,
      answers.map((answer) => (answer instanceof Refusal ? replyOf(answer) : answer)),
    );
  }

  /**
   * What goes wrong with the next transactions, one after another; with those after them nothing.
   */
  next(...faults: (Fault | Fault['kind'] | undefined)[]): void {
    const left = faults.map((fault) =>
      typeof fault === 'string' ? ({ kind: fault } as Fault) : fault,
    );
    this.front.faults = () => left.shift();
  }

  /** The same for reads. */
  nextRead(...faults: (ReadFault | ReadFault['kind'] | undefined)[]): void {
    const left = faults.map((fault) => (typeof fault === 'string' ? { kind: fault } : fault));
    this.front.readFaults = () => left.shift();
  }

  /** Sums of what was measured so far. */
  counted(): Partial<Record<MetricName, number>> {
    this.#metrics.flush();
    return Object.fromEntries(
      Object.entries(this.#metrics.snapshot().totals).map(([name, { sum }]) => [name, sum]),
    );
  }

  async entries(): Promise<Entry[]> {
    const stored: StoredEntry[] = [];
    for await (const entry of this.trail.all()) stored.push(entry);
    return stored
      .map(({ bytes }) => entrySchema.parse(parseJson(bytes)))
      .sort((a, b) => a.writer.localeCompare(b.writer) || a.n - b.n);
  }

  /** How many entries there are, and what is wrong with them and the documents. */
  async check(): Promise<{ readonly entries: number; readonly problems: readonly string[] }> {
    const { entries, problems } = await checkTrail(this.trail.all(), this.trail.standing());
    return { entries, problems: problems.map(({ code, message }) => `${code}: ${message}`) };
  }

  async close(): Promise<void> {
    this.options.client.destroy();
    await this.front.close();
  }
}

/** Where clients of the tests think they are. */
export const PLACE = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};

let opened = 0;

export async function openBench(): Promise<DynamoBench> {
  const clock = new ManualClock(Date.UTC(2026, 0, 2));
  const front = await startDynamoFront({ clock });
  await front.createTables(...definitionsOf(TABLES));
  return new DynamoBench(front, clock, `bench ${++opened}`);
}

/** The bench of the test that runs, and a ledger on it, after {@link benchForEachTest}. */
export let bench: DynamoBench;
export let ledger: Ledger;

/** Opens a bench before each test of a file and closes it after it. */
export function benchForEachTest(): void {
  beforeEach(async () => {
    bench = await openBench();
    ledger = bench.ledger();
  });
  afterEach(() => bench.close());
}

/** The transactions that left the client since requests were last looked at, oldest first. */
export const transactions = () => bench.sent('ExecuteTransaction');

const replyOf = ({ status, body }: Refusal): Reply => ({ status, text: JSON.stringify(body) });

/**
 * A cancelled transaction with these codes, also with such as the front does not give by itself.
 */
export const cancelledFor = (...codes: string[]): Refusal => cancelled(codes as Reason[]);

export const runKey = (id: string) => `run#invoice-approval#acme#${id}`;

export const entry = (more: Partial<EntryDraft> = {}): EntryDraft => ({
  workspace: 'acme',
  actor: { kind: 'service', id: 'invoice-approval.pay' },
  action: 'step.done',
  outcome: 'ok',
  ...more,
});

export const one = (...changes: Change[]): Commit => ({ changes, entries: [entry()] });

export const insert = (id: string, body: Json = { v: 'test/1' }): Change => ({
  op: 'insert',
  target: runKey(id),
  body,
});

export const replace = (id: string, at: Revision, body: Json = { v: 'test/1' }): Change => ({
  op: 'replace',
  target: runKey(id),
  at,
  body,
});

export const message = (run: string) => ({
  queue: 'invoice-approval.pay',
  workspace: 'acme',
  run,
  step: 'pay',
  subjectRefs: ['s1'],
});

/** A revision no document has. */
export const STALE: Revision = { rev: 7, commitment: 'A'.repeat(43) };

/** Inserts a run's document. @returns its revision. */
export async function put(ledger: Ledger, id: string, body?: Json): Promise<Revision> {
  const { revisions } = await ledger.commit(one(insert(id, body)));
  const revision = revisions.get(runKey(id));
  if (revision === undefined) throw new Error(`no revision of ${id}`);
  return revision;
}

/** The place of the entry, or the code of the error with which the commit ended. */
export const endOf = (
  commits: Promise<{ readonly entries: readonly { readonly n: number }[] }>,
): Promise<string> =>
  commits.then(
    ({ entries }) => `n ${entries.map(({ n }) => n).join()}`,
    (error) => error.code,
  );

/** How often the adapter makes a request of a commit. */
export const COMMIT_ATTEMPTS = 6;

export const times = <T>(count: number, each: T): T[] => Array.from({ length: count }, () => each);

export const ACCESS_DENIED = new Refusal(
  'AccessDeniedException',
  'User is not authorized to perform dynamodb:PartiQLInsert',
);
export const INVALID = new Refusal('ValidationException', 'The statement is not well formed');

/** Writer and number of the next entry, which a commit of its own is made for. */
export async function nextPlace(
  ledger: Ledger,
): Promise<{ readonly writer: string; readonly n: number }> {
  const [place] = (await ledger.commit({ entries: [entry()] })).entries;
  if (place === undefined) throw new Error('a commit without an entry');
  return place;
}
