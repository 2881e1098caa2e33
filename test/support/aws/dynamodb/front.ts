import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { type Clock, systemClock } from '#shared/kernel/index.ts';
import type { Body } from './engine.ts';
import type { Fault, FaultPlan, LoggedRequest, ReadFault } from './faults.ts';
import { listen, type Reply, type RequestHandler, withoutSocket } from './http.ts';
import { cancelled, Refusal, refused } from './refusal.ts';
import { Streams } from './streams.ts';
import { Tables } from './tables.ts';
import { Tokens } from './tokens.ts';
import { decide, parseTransaction, type Transaction } from './transaction.ts';
import { keyText } from './value.ts';

export interface DynamoFrontOptions {
  /**
   * The clock tokens age by.
   *
   * @default - the machine's
   */
  readonly clock?: Clock;
}

/** A transaction on its way, and the requests for data that arrive before it. */
interface Late {
  readonly transaction: Transaction;
  ahead: number;
}

/** A fresh, empty {@link DynamoFront}, listening. Close it after the test. */
export async function startDynamoFront({
  clock = systemClock,
}: DynamoFrontOptions = {}): Promise<DynamoFront> {
  const server = await listen((operation, text) => front.answer(operation, text));
  const front: DynamoFront = new DynamoFront(server, clock);
  return front;
}

/**
 * A local stand-in for DynamoDB: dynalite for tables, items and indexes; PartiQL transactions,
 * tokens, streams, indexes that lie behind and faults of our own. It knows what the ledger asks for
 * and refuses everything else.
 *
 * One request is served at a time, so transactions are atomic and isolated, and never conflict by
 * themselves: conflicts are injected like other faults.
 */
export class DynamoFront {
  /** Where clients reach it. */
  readonly url: string;
  /** The same without a socket, for a client's `requestHandler`. */
  readonly requestHandler: RequestHandler = withoutSocket((operation, text) =>
    this.answer(operation, text),
  );
  /**
   * What goes wrong with transactions, asked for each `ExecuteTransaction` that is not wrong in
   * itself.
   */
  faults: FaultPlan<Fault> | undefined;
  /** What goes wrong with reads, asked for each `BatchGetItem`, `Query` and `Scan`. */
  readFaults: FaultPlan<ReadFault> | undefined;
  readonly #server: { close(): Promise<void> };
  readonly #clock: Clock;
  readonly #tables = new Tables();
  readonly #streams = new Streams();
  readonly #tokens: Tokens;
  #turn: Promise<unknown> = Promise.resolve();
  #requests: LoggedRequest[] = [];
  #transactions = 0;
  #reads = 0;
  #late: Late[] = [];
  #behind = false;
  readonly #unforeseen: Error[] = [];

  constructor(server: { readonly url: string; close(): Promise<void> }, clock: Clock) {
    this.url = server.url;
    this.#server = server;
    this.#clock = clock;
    this.#tokens = new Tokens(clock);
  }

  /** The requests so far, in the order they were served. */
  get requests(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** How often an operation was asked for since the log was last cleared. */
  count(operation: string): number {
    return this.#requests.filter((request) => request.operation === operation).length;
  }

  clearRequests(): void {
    this.#requests = [];
  }

  /**
   * Makes tables without a client. They are not in the log. @throws what is wrong with a
   * definition.
   */
  async createTables(...definitions: CreateTableCommandInput[]): Promise<void> {
    for (const definition of definitions)
      await this.#exclusively(() => this.#createTable({ ...definition }));
  }

  /**
   * The stream of a table so far, in the form a Lambda function gets it. @throws when the table has
   * none.
   */
  records(table: string): readonly DynamoDBRecord[] {
    return this.#streams.of(table);
  }

  /** From now on indexes show what they show now. */
  fallBehind(): void {
    this.#behind = true;
  }

  /** Indexes show everything, now and from now on. */
  catchUp(): Promise<void> {
    this.#behind = false;
    return this.#exclusively(() => this.#tables.replicate());
  }

  /**
   * Lets every transaction that is on its way arrive. @returns for each the type of its error, or
   * `applied`.
   */
  deliverLate(): Promise<readonly string[]> {
    return this.#exclusively(() => this.#deliver(() => true));
  }

  /**
   * Stops listening.
   *
   * @throws when it was asked for an operation it does not have, or failed itself: the test shall
   *   not pass then.
   */
  async close(): Promise<void> {
    await this.#turn;
    await this.#server.close();
    if (this.#unforeseen.length > 0)
      throw new AggregateError(
        this.#unforeseen,
        this.#unforeseen.map(({ message }) => message).join('; '),
      );
  }

  /** Answers one request as DynamoDB would, after those before it. */
  answer(operation: string, text: string): Promise<Reply> {
    return this.#exclusively(async () => {
      try {
        const request = { operation, body: JSON.parse(text) as Body };
        this.#requests.push(request);
        const reply = await this.#serve(request);
        return reply === 'cut' ? reply : { status: 200, text: JSON.stringify(reply) };
      } catch (error) {
        if (error instanceof Refusal)
          return { status: error.status, text: JSON.stringify(error.body) };

        this.#unforeseen.push(error as Error);

        return {
          status: 500,
          text: JSON.stringify({ __type: 'InternalFailure', message: String(error) }),
        };
      }
    });
  }

  async #serve(request: LoggedRequest): Promise<Body | 'cut'> {
    const { operation, body } = request;
    switch (operation) {
      case 'CreateTable':
        return this.#createTable(body);
      case 'DescribeTable':
        return this.#tables.describe(body);
      case 'DeleteTable':
        this.#streams.close(String(body.TableName));
        return this.#tables.delete(body);
      case 'ExecuteTransaction':
        return this.#beforeLate(() => this.#transact(request));
      case 'BatchGetItem':
      case 'Query':
      case 'Scan':
        return this.#beforeLate(() => this.#read(operation, request));
      default:
        this.#unforeseen.push(new Error(`the ledger does not use ${operation} of DynamoDB`));
        throw new Refusal('UnknownOperationException', `the ledger does not use ${operation}`);
    }
  }

  async #createTable(body: Body): Promise<Body> {
    const stream = body.StreamSpecification as Body | undefined;
    if (stream?.StreamEnabled === true && stream.StreamViewType !== 'NEW_AND_OLD_IMAGES') {
      throw refused(`streams show ${String(stream.StreamViewType)}; allowed is NEW_AND_OLD_IMAGES`);
    }
    const answer = await this.#tables.create(body);
    if (stream?.StreamEnabled === true) this.#streams.open(String(body.TableName));
    return answer;
  }

  async #transact(request: LoggedRequest): Promise<Body | 'cut'> {
    const transaction = parseTransaction(request.body);
    const fault = this.faults?.(++this.#transactions, request);
    const { statements } = transaction;

    switch (fault?.kind) {
      case undefined:
        break;
      case 'token-expired':
        this.#tokens.forgetAll();
        break;
      case 'conflict':
        throw cancelled(
          statements.map((_, index) =>
            index === (fault.at ?? 0) ? 'TransactionConflict' : 'None',
          ),
        );
      case 'throttled':
        if (fault.as !== 'ThrottlingError') throw throttled(fault.as);
        throw cancelled(
          statements.map((_, index) => (index === (fault.at ?? 0) ? 'ThrottlingError' : 'None')),
        );
      case 'in-progress':
        throw new Refusal(
          'TransactionInProgressException',
          'The transaction with the given request token is already in progress.',
        );
      case 'lost-before':
        return 'cut';
      case 'lost-after':
        await this.#outcome(transaction);
        return 'cut';
      case 'error-before':
        throw internalError();
      case 'error-after':
        await this.#outcome(transaction);
        throw internalError();
      case 'late':
        this.#late.push({ transaction, ahead: (fault.after ?? Number.POSITIVE_INFINITY) + 1 });
        return 'cut';
    }

    return this.#commit(transaction);
  }

  async #commit(transaction: Transaction): Promise<Body> {
    if (!this.#tokens.applied(transaction)) {
      const { statements } = transaction;
      const items = await this.#tables.read(statements);
      const itemOf = ({ table, key }: (typeof statements)[number]) =>
        items.get(keyText(table, key));
      const changes = decide(statements, itemOf, (table, item) => this.#tables.fits(table, item));

      await this.#tables.write(changes);
      this.#streams.append(changes, this.#clock.now());
      this.#tokens.remember(transaction);
      if (!this.#behind) await this.#tables.replicate();
    }

    return { Responses: [] };
  }

  /** What came of a transaction nobody hears of. */
  async #outcome(transaction: Transaction): Promise<string> {
    try {
      await this.#commit(transaction);
      return 'applied';
    } catch (error) {
      if (error instanceof Refusal) return error.type;
      throw error;
    }
  }

  async #read(
    operation: 'BatchGetItem' | 'Query' | 'Scan',
    { body }: LoggedRequest,
  ): Promise<Body | 'cut'> {
    const fault = this.readFaults?.(++this.#reads, { operation, body });
    if (fault?.kind === 'throttled') throw throttled();
    if (fault?.kind === 'lost') return 'cut';
    if (operation !== 'BatchGetItem') return this.#tables.search(operation, body);
    if (fault?.kind !== 'partial') return this.#tables.batchGet(body);

    const { now, later } = divide(body.RequestItems as Record<string, Keys>, fault.from);
    const answer =
      Object.keys(now).length > 0
        ? await this.#tables.batchGet({ ...body, RequestItems: now })
        : { Responses: {} };

    return { ...answer, UnprocessedKeys: later };
  }

  /** Serves a request for data; what it was the last to be ahead of arrives then. */
  async #beforeLate<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } finally {
      for (const late of this.#late) late.ahead--;
      await this.#deliver(({ ahead }) => ahead === 0);
    }
  }

  async #deliver(due: (late: Late) => boolean): Promise<readonly string[]> {
    const arriving = this.#late.filter(due);
    this.#late = this.#late.filter((late) => !arriving.includes(late));
    const outcomes: string[] = [];
    for (const { transaction } of arriving) outcomes.push(await this.#outcome(transaction));
    return outcomes;
  }

  #exclusively<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }
}

/** What a `BatchGetItem` asks of one table. */
type Keys = Body & { readonly Keys: readonly Body[] };

/** Keys that are answered and keys that come back; `from` counts over all tables. */
function divide(
  items: Record<string, Keys>,
  from?: number,
): { readonly now: Record<string, Keys>; readonly later: Record<string, Keys> } {
  let first =
    from ?? Math.ceil(Object.values(items).reduce((sum, { Keys }) => sum + Keys.length, 0) / 2);
  const now: Record<string, Keys> = {};
  const later: Record<string, Keys> = {};

  for (const [table, asked] of Object.entries(items)) {
    const cut = Math.min(Math.max(first, 0), asked.Keys.length);
    if (cut > 0) now[table] = { ...asked, Keys: asked.Keys.slice(0, cut) };
    if (cut < asked.Keys.length) later[table] = { ...asked, Keys: asked.Keys.slice(cut) };
    first -= asked.Keys.length;
  }

  return { now, later };
}

const throttled = (type = 'ThrottlingException') =>
  new Refusal(type, 'Rate of requests exceeds the allowed throughput.');

const internalError = () => new Refusal('InternalServerError', 'Internal server error', {}, 500);
