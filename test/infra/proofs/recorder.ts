import { DUE, LIST, RUN, STORED, SWEEP } from '#infra/tables.ts';
import type { KeyService, SecretVault } from '#shared/crypto/index.ts';
import type { VendorGateway } from '#shared/engine/index.ts';
import type { Change, Commit, Ledger, Message, Query } from '#shared/ledger/index.ts';
import {
  batchGetItem,
  type Caller,
  decrypt,
  executeTransaction,
  getSecretValue,
  invokeFunction,
  onQueue,
  query,
  type Request,
  writeLogLines,
} from '../../iam/index.ts';
import type { Account } from './account.ts';

type Arns = Account['arns'];
type Statement = Parameters<typeof executeTransaction>[1][number];

/** A call of AWS: the questions to IAM that it leads to, whoever makes it and in whichever environment. */
type Call = (caller: Caller, arns: Arns) => Request[];

interface Made {
  readonly fn: string;
  readonly by: 'code' | 'lambda';
  readonly call: Call;
}

/**
 * Writes down which calls of AWS every function would make for what it does with its ports.
 *
 * The adapters for AWS are not there yet. This is what is taken for granted of them; names are those of `infra/tables.ts`.
 * - Rows of keys and of the directory lie in the table of keys, every other document in that of the state. The partition key
 *   is the document's key.
 * - Documents and rows of keys are read by one `BatchGetItem` over both tables, a single one as well.
 * - A commit is one transaction of PartiQL: INSERT, UPDATE, DELETE, `EXISTS`, and an INSERT for each entry. Its messages are
 *   sent by themselves, afterwards.
 * - An UPDATE names all that is stored of a document. Of those that a sweeper can look after (runs and decisions) it names the
 *   time, too, which it sets or takes off. Taking the mark off alone is an UPDATE of its own.
 * - An index is queried by its partition, shard after shard. It holds whole documents.
 * - Lambda takes messages, deletes them, and writes log lines, all with the function's role.
 */
export class Recorder {
  readonly #made: Made[] = [];

  /** What each function would ask IAM in an account, each question once. */
  questions(account: Account): ReadonlyMap<string, readonly Request[]> {
    const asked = new Map<string, Map<string, Request>>();
    for (const { fn, by, call } of this.#made) {
      const ofFunction = asked.get(fn) ?? new Map<string, Request>();
      asked.set(fn, ofFunction);
      const caller = by === 'code' ? account.code(fn) : account.onBehalfOf(fn);
      for (const request of call(caller, account.arns)) ofFunction.set(JSON.stringify(request), request);
    }
    return new Map([...asked].map(([fn, requests]) => [fn, [...requests.values()]]));
  }

  /** Lambda invokes a function, and writes down what it says, as the function itself would. */
  invoked(fn: string): void {
    this.#add(fn, 'code', (caller, arns) => writeLogLines(caller, arns.logStreams(fn).replace(/:\*$/, ''), 'stream'));
  }

  /** Lambda takes a message for a function: from its queue or, where it is given, from the dead letters of another one. */
  received(fn: string, deadLettersOf?: string): void {
    this.#ofQueue(fn, deadLettersOf, ['ReceiveMessage', 'GetQueueAttributes']);
  }

  /** Lambda is told that a message is done with. */
  deleted(fn: string, deadLettersOf?: string): void {
    this.#ofQueue(fn, deadLettersOf, ['DeleteMessage']);
  }

  ledger(fn: string, ledger: Ledger): Ledger {
    return {
      identity: ledger.identity,
      commit: (commit) => {
        this.#add(fn, 'code', (caller, arns) => executeTransaction(caller, statementsOf(commit, fn, arns)));
        this.#sends(fn, commit.messages ?? []);
        return ledger.commit(commit);
      },
      read: (targets) => {
        this.#reads(fn, targets);
        return ledger.read(targets);
      },
      query: (asked) => {
        this.#add(fn, 'code', (caller, arns) => query(caller, { table: arns.state, ...pageOf(asked) }));
        return ledger.query(asked);
      },
      send: (messages) => {
        this.#sends(fn, messages);
        return ledger.send(messages);
      },
    };
  }

  keys(fn: string, service: KeyService): KeyService {
    return {
      generate: () => Promise.reject(new Error(`${fn} makes a key of a workspace, which no function of an automation does`)),
      unwrap: (wrapped, context) => {
        this.#add(fn, 'code', (caller, arns) => decrypt(caller, arns.dataKey, context));
        return service.unwrap(wrapped, context);
      },
    };
  }

  vault(fn: string, vault: SecretVault): SecretVault {
    return {
      get: (name) => {
        this.#add(fn, 'code', (caller, arns) => getSecretValue(caller, arns.secret(fn, name)));
        return vault.get(name);
      },
    };
  }

  /** The gateway as one function has it. The vendors' functions have their own vaults. */
  vendors(fn: string, gateway: VendorGateway): VendorGateway {
    const invoke = (vendor: string) => {
      this.#add(fn, 'code', (caller, arns) => invokeFunction(caller, arns.function(`vendor.${vendor}`)));
      this.invoked(`vendor.${vendor}`);
    };
    return {
      kindOf: (vendor) => gateway.kindOf(vendor), // declared, and built into the caller
      call: (vendor, ...rest) => {
        invoke(vendor);
        return gateway.call(vendor, ...rest);
      },
      lookup: (vendor, ...rest) => {
        invoke(vendor);
        return gateway.lookup(vendor, ...rest);
      },
    };
  }

  #reads(fn: string, targets: readonly string[]): void {
    this.#add(fn, 'code', (caller, arns) =>
      batchGetItem(
        caller,
        targets.map((key) => itemOf(key, arns)),
      ),
    );
  }

  #sends(fn: string, messages: readonly Message[]): void {
    for (const { queue } of messages) this.#add(fn, 'code', (caller, arns) => onQueue(caller, 'SendMessage', arns.queue(queue)));
  }

  #ofQueue(fn: string, deadLettersOf: string | undefined, operations: readonly Parameters<typeof onQueue>[1][]): void {
    this.#add(fn, 'lambda', (caller, arns) => {
      const queue = deadLettersOf === undefined ? arns.queue(fn) : arns.deadLetters(deadLettersOf);
      return operations.flatMap((operation) => onQueue(caller, operation, queue));
    });
  }

  #add(fn: string, by: Made['by'], call: Call): void {
    this.#made.push({ fn, by, call });
  }
}

const isKeyRow = (target: string) => /^(key|token)#/.test(target);
/** Whether documents of its kind are ever marked for a sweeper, so that replacing one takes a mark off. */
const isSwept = (target: string) => /^(run|decision)#/.test(target);

const itemOf = (key: string, arns: Arns) => ({ table: isKeyRow(key) ? arns.keys : arns.state, key });

function statementsOf({ changes = [], checks = [], entries, unmark = [] }: Commit, fn: string, arns: Arns): Statement[] {
  const item = (key: string) => itemOf(key, arns);
  const found = ['pk', 'sk', 'rev', 'commitment'];
  return [
    ...changes.map((change) => ({ ...statementOf(change, found), ...item(change.target) })),
    ...checks.map(({ target }) => ({ kind: 'Select', ...item(target), attributes: found }) as const),
    ...unmark.map((target) => ({ kind: 'Update', ...item(target), attributes: ['pk', 'sk', SWEEP.sort] }) as const),
    ...entries.map(
      () => ({ kind: 'Insert', table: arns.trail, key: `${fn}#instance`, attributes: ['pk', 'sk', 'body', RUN.partition] }) as const,
    ),
  ];
}

function statementOf(change: Change, found: readonly string[]): { kind: 'Insert' | 'Update' | 'Delete'; attributes: readonly string[] } {
  if (change.op === 'remove') return { kind: 'Delete', attributes: found };
  if (change.op === 'replace') return { kind: 'Update', attributes: [...STORED, ...(isSwept(change.target) ? [SWEEP.sort] : [])] };
  const { list, dueAt } = change.index ?? {};
  const index = [
    ...(list === undefined ? [] : [LIST.partition, LIST.sort]),
    ...(dueAt === undefined ? [] : [DUE.partition, DUE.sort]),
    ...(change.sweepAt === undefined ? [] : [SWEEP.partition, SWEEP.sort]),
  ];
  return { kind: 'Insert', attributes: [...STORED, ...index] };
}

/** Of a shard: which and how many there are changes nothing of what is asked. */
function pageOf(asked: Query): { index: string; key: string } {
  if (asked.by === 'list') return { index: LIST.index, key: asked.list };
  const { index, partition } = asked.by === 'due' ? DUE : SWEEP;
  return { index, key: `${partition}#${asked.automation}#0` };
}
