import { ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { readAwsError } from '#shared/kernel/adapters/aws-errors.ts';
import { newId, type Random, seededRandom } from '#shared/kernel/index.ts';
import {
  insertDocument,
  insertEntry,
  replaceDocument,
} from '#shared/ledger/adapters/dynamodb/statements.ts';
import {
  type Commit,
  type Committed,
  type Ledger,
  LedgerUnavailableError,
  LedgerUnknownError,
  prepareCommit,
  revisionsOf,
  sealEntries,
} from '#shared/ledger/index.ts';
import { BUNDLE, TABLES } from '../../support/aws/dynamo-ledger.ts';
import type { DynamoBench } from './dynamodb-bench.ts';

/** What a writer does when it does not know how a commit ended. Only the first is right. */
export type Policy = 'retire' | 'reuse' | 'skip';

/**
 * A ledger in a few lines that tries twice and does with its numbers as the policy says: what the
 * play is tried on, to see that it finds what it is there to find. It changes documents by
 * insertion and replacement only.
 */
export function simpleLedger(bench: DynamoBench, name: string, policy: Policy): Ledger {
  const random: Random = seededRandom(`${name} ${newId(bench.options.random)}`);
  const reader = bench.ledger(name);
  let writer = `${name}#${newId(random)}`;
  let next = 1;
  let turn: Promise<unknown> = Promise.resolve();

  async function make(commit: Commit): Promise<Committed> {
    const prepared = prepareCommit(commit);
    const n = next;
    const time = bench.clock.now();
    const entries = sealEntries(prepared, { writer, bundle: BUNDLE, time, engine: 'aws' }, n);
    const documents = prepared.changes.map((each) =>
      each.change.op === 'replace'
        ? replaceDocument(TABLES.state, each, each.change.at)
        : insertDocument(TABLES.state, each),
    );

    const told = entries.map((bytes, i) =>
      insertEntry(TABLES.trail, { writer, n: n + i, bytes }, commit.entries[i]?.run, time),
    );
    const TransactStatements = [...documents, ...told];
    const command = new ExecuteTransactionCommand({
      TransactStatements,
      ClientRequestToken: newId(random),
    });

    const committed = {
      revisions: revisionsOf(prepared),
      entries: entries.map((_, i) => ({ writer, n: n + i })),
    };

    let isInDoubt = false;

    for (let attempt = 1; ; attempt++) {
      try {
        await bench.options.client.send(command);
        next = n + entries.length;
        return committed;
      } catch (error) {
        const { refused, reasons = [] } = readAwsError(error);

        isInDoubt ||= !refused;

        const isTaken = reasons.slice(documents.length).includes('DuplicateItem');

        if (isTaken) next = n + 1;

        if (isTaken && isInDoubt) {
          next = n + entries.length;
          return committed;
        }
        if (!refused && attempt < 2) continue;
        if (!isInDoubt) throw new LedgerUnavailableError('refused');

        if (policy === 'retire') [writer, next] = [`${name}#${newId(random)}`, 1];

        if (policy === 'skip') next = n + entries.length;

        throw new LedgerUnknownError();
      }
    }
  }

  return {
    identity: { name, bundle: BUNDLE },
    commit(commit) {
      const made = turn.then(() => make(commit));
      turn = made.catch(() => {});
      return made;
    },
    read: (targets) => reader.read(targets),
    query: (query) => reader.query(query),
    send: (messages) => reader.send(messages),
  };
}
