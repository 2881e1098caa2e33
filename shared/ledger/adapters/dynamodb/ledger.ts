import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { AWS_CLIENT } from '#shared/kernel/adapters/aws-client.ts';
import {
  backoff,
  type Clock,
  type Metrics,
  newId,
  type Random,
  SECOND,
  type Timers,
} from '#shared/kernel/index.ts';
import {
  LedgerConflictError,
  LedgerUnavailableError,
  LedgerUnknownError,
  LedgerUnsentError,
} from '../../errors.ts';
import type {
  Commit,
  Committed,
  Document,
  Ledger,
  Message,
  MessageSender,
  Page,
  Query,
  WriterIdentity,
} from '../../ports.ts';
import {
  assertMessages,
  assertRead,
  nameOf,
  type PreparedCommit,
  prepareCommit,
  revisionsOf,
  sealEntries,
} from '../../prepare.ts';
import { type Tables, tableOf } from './items.ts';
import { DynamoReader } from './reader.ts';
import {
  checkDocument,
  insertDocument,
  insertEntry,
  removeDocument,
  replaceDocument,
  unmarkDocument,
} from './statements.ts';
import { executeTransaction, type Part } from './transaction.ts';

export interface DynamoLedgerOptions {
  /** Client that does not retry. The ledger retries, because it knows when a repetition is safe. */
  readonly client: Pick<DynamoDBClient, 'send'>;
  readonly tables: Tables;
  readonly sender: MessageSender;
  readonly clock: Clock;
  readonly random: Random;
  /** Timers of the waits between attempts. */
  readonly timers: Timers;
  readonly metrics: Metrics;
}

/**
 * Creates a client with the settings of {@link AWS_CLIENT}, with three exceptions. It does not
 * retry. An attempt ends after two seconds, which leaves time for another attempt. It uses the
 * endpoint of the region, because an isolated network does not allow account-based endpoints.
 */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBClient {
  const requestHandler = {
    ...AWS_CLIENT.requestHandler,
    requestTimeout: 2 * SECOND,
    socketTimeout: 2 * SECOND,
  };
  return new DynamoDBClient({
    ...AWS_CLIENT,
    requestHandler,
    accountIdEndpointMode: 'disabled',
    ...config,
    maxAttempts: 1,
  });
}

/** Retry limits of a commit. */
const ATTEMPTS = { attempts: 6, baseMs: 25, capMs: 400 };

/**
 * The ledger on DynamoDB: a commit is one transaction, and its messages are sent afterwards.
 *
 * Commits are sequential, because each takes the writer's next numbers. A writer is retired when
 * the outcome of a commit is unknown, because the number may be in use already, or a late request
 * may still use it.
 */
export class DynamoLedger implements Ledger {
  readonly identity: WriterIdentity;
  readonly #options: DynamoLedgerOptions;
  readonly #reader: DynamoReader;
  #writer: string;
  #next = 1;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(identity: WriterIdentity, options: DynamoLedgerOptions) {
    this.identity = identity;
    this.#options = options;
    this.#reader = new DynamoReader(options);
    this.#writer = this.#newWriter();
  }

  async commit(commit: Commit): Promise<Committed> {
    // prepared now, so that later changes by the caller to its documents are not committed
    const prepared = prepareCommit(commit);
    const commits = this.#turn.then(() => this.#commit(prepared));
    this.#turn = commits.catch(() => {});
    const committed = await commits;
    await this.#sendAfter(commit);
    return committed;
  }

  async read(targets: readonly string[]): Promise<readonly (Document | undefined)[]> {
    assertRead(targets);
    return this.#reader.read(targets);
  }

  query(query: Query): Promise<Page> {
    return this.#reader.query(query);
  }

  async send(messages: readonly Message[]): Promise<void> {
    assertMessages(messages);
    await this.#options.sender.send(messages);
  }

  async #commit(prepared: PreparedCommit): Promise<Committed> {
    const { client, tables, clock, timers, random, metrics } = this.#options;

    await this.#assertExisting(prepared);

    const [writer, first] = [this.#writer, this.#next];

    const identity = {
      writer,
      bundle: this.identity.bundle,
      time: clock.now(),
      engine: 'aws',
    } as const;

    const entries = sealEntries(prepared, identity, first);
    const { commit } = prepared;

    const parts: Part[] = [
      ...documentParts(tables, prepared),
      ...entries.map((bytes, i) => ({
        statement: insertEntry(
          tables.trail,
          { writer, n: first + i, bytes },
          commit.entries[i]?.run,
          identity.time,
        ),
      })),
    ];

    const wait = backoff(ATTEMPTS, timers, random);
    const again = async () => {
      const another = await wait();
      if (another) metrics.add('CommitRetries', 1);
      return another;
    };

    const ending = await executeTransaction(client, parts, newId(random), again);

    switch (ending.outcome) {
      case 'committed':
        this.#next = first + entries.length;
        return {
          revisions: revisionsOf(prepared),
          entries: entries.map((_, i) => ({ writer, n: first + i })),
        };
      case 'conflict':
        throw this.#conflict(ending.targets);
      case 'refused':
        throw unavailable(ending.reason);
      case 'number-taken':
        this.#retire();
        throw unavailable('DuplicateItem');
      case 'unknown':
        metrics.add('CommitsUnknown', 1);
        this.#retire();
        throw new LedgerUnknownError(ending.reason);
    }
  }

  /**
   * Checks that removed documents exist, because DynamoDB's DELETE of a missing document succeeds.
   */
  async #assertExisting({ changes }: PreparedCommit): Promise<void> {
    const removed = changes.flatMap(({ change }) => (change.op === 'remove' ? [change] : []));
    if (removed.length === 0) return;

    const current = await this.#reader.read(removed.map(({ target }) => target));
    const gone = removed.filter(({ at, ...change }, i) => {
      const document = current[i];
      const isNamed = document?.rev === at.rev && document.commitment === at.commitment;
      return !isNamed || (document.as ?? document.target) !== nameOf(change);
    });
    if (gone.length > 0) throw this.#conflict(gone.map(({ target }) => target));
  }

  #conflict(targets: readonly string[]): LedgerConflictError {
    this.#options.metrics.add('CommitConflicts', 1);
    return new LedgerConflictError(targets);
  }

  /**
   * Sends the messages of a successful commit. If sending fails and the commit marked a document,
   * the sweeper sends the messages later.
   *
   * @throws {@link LedgerUnsentError} if sending fails without a mark: the message or request that
   *   caused the commit must be delivered again.
   */
  async #sendAfter({ messages = [], changes = [] }: Commit): Promise<void> {
    if (messages.length === 0) return;

    try {
      await this.#options.sender.send(messages);
    } catch (cause) {
      this.#options.metrics.add('MessagesUnsent', messages.length);
      const isMarked = changes.some(
        (change) => change.op !== 'remove' && change.sweepAt !== undefined,
      );
      if (!isMarked) throw new LedgerUnsentError({ cause });
    }
  }

  #retire(): void {
    this.#writer = this.#newWriter();
    this.#next = 1;
  }

  #newWriter(): string {
    return `${this.identity.name}#${newId(this.#options.random)}`;
  }
}

function documentParts(tables: Tables, { changes, commit }: PreparedCommit): Part[] {
  const table = (target: string) => tableOf(tables, target);
  return [
    ...changes.map((prepared) => {
      const { change } = prepared;
      const place = table(change.target);
      if (change.op === 'insert')
        return { statement: insertDocument(place, prepared), target: change.target };
      const make = change.op === 'replace' ? replaceDocument : removeDocument;
      return { statement: make(place, prepared, change.at), target: change.target };
    }),
    ...(commit.checks ?? []).map(({ target, at }) => ({
      statement: checkDocument(table(target), target, at),
      target,
    })),
    ...(commit.unmark ?? []).map((target) => ({
      statement: unmarkDocument(table(target), target),
      target,
    })),
  ];
}

function unavailable(reason: string): LedgerUnavailableError {
  return new LedgerUnavailableError(`the ledger did not take the commit: ${reason}`, { reason });
}
