import { type DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { canonicalBytes } from '#shared/kernel/index.ts';
import {
  insertDocument,
  insertEntry,
  replaceDocument,
  type Statement,
} from '#shared/ledger/adapters/dynamodb/statements.ts';
import type { IndexKeys, Revision } from '#shared/ledger/index.ts';

/**
 * Statements of the ledger about documents whose content does not matter, in the adapter's own
 * forms.
 */

const BODY = { v: 'live/1' };
const bytes = canonicalBytes(BODY);
/** Stands for a commitment: nobody computes it again here. */
const COMMITMENT = 'A'.repeat(43);

export const at = (rev: number): Revision => ({ rev, commitment: COMMITMENT });

/** Key of a run of the sample's, in a workspace that is not there. */
export const runKey = (id: string, automation = 'invoice-approval') =>
  `run#${automation}#live#${id}`;

export function insertOf(
  table: string,
  target: string,
  index: IndexKeys = {},
  sweepAt?: number,
): Statement {
  const change = {
    op: 'insert' as const,
    target,
    body: BODY,
    index,
    ...(sweepAt === undefined ? {} : { sweepAt }),
  };
  return insertDocument(table, { change, bytes, rev: 1, commitment: COMMITMENT });
}

/** @param rev - The revision that stands. */
export function replaceOf(table: string, target: string, rev: number, sweepAt?: number): Statement {
  const change = {
    op: 'replace' as const,
    target,
    at: at(rev),
    body: BODY,
    ...(sweepAt === undefined ? {} : { sweepAt }),
  };
  return replaceDocument(table, { change, bytes, rev: rev + 1, commitment: COMMITMENT }, at(rev));
}

/** An entry in pages of a function's instance that is called like the fact. */
export const entryOf = (table: string, fn: string, instance: string, n: number) =>
  insertEntry(table, { writer: `${fn}#${instance}`, n, bytes }, 'live', n);

/** @param token - Left out, the SDK draws one. */
export function transaction(
  client: DynamoDBClient,
  statements: readonly Statement[],
  token?: string,
): Promise<unknown> {
  const TransactStatements = statements.map(({ Statement, Parameters }) => ({
    Statement,
    Parameters,
  }));
  return client.send(
    new ExecuteTransactionCommand({
      TransactStatements,
      ...(token === undefined ? {} : { ClientRequestToken: token }),
    }),
  );
}
