import { type DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { isThrottling, readAwsError, wasNotSent } from '#shared/kernel/adapters/aws-errors.ts';
import type { Statement } from './statements.ts';

/** A statement and its document. */
export interface Part {
  readonly statement: Statement;
  /** Document of the statement; absent for an entry. */
  readonly target?: string;
}

/** Outcome of a transaction, as far as it can be known. */
export type Ending =
  | { readonly outcome: 'committed' }
  /** Refused because of these documents. Nothing was committed, and no attempt is pending. */
  | { readonly outcome: 'conflict'; readonly targets: readonly string[] }
  /**
   * Not accepted. Nothing was committed, and no attempt is pending. `reason` is DynamoDB's error
   * name.
   */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** The number of the entry is already used by another writer. Nothing was committed. */
  | { readonly outcome: 'number-taken' }
  /** The transaction may have been committed, or may still be committed. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Cancellation reasons of an unmet condition. */
const UNMET = new Set(['ConditionalCheckFailed', 'DuplicateItem']);
/**
 * Executes one transaction, and retries as often as `again` allows. Every attempt sends the same
 * bytes with the same token, so the transaction is never committed twice: for 10 minutes, DynamoDB
 * reports success when a successful transaction is repeated.
 *
 * The effect of an attempt without a response is unknown, and the request may arrive late. After
 * such an attempt, only success is conclusive. A refusal proves nothing, with one exception: if an
 * entry with our own number exists, the transaction succeeded, because a number is used only once
 * and the transaction is atomic.
 *
 * Source: DynamoDB API Reference, ExecuteTransaction, `ClientRequestToken`;
 * TransactionCanceledException.
 */
export async function executeTransaction(
  client: Pick<DynamoDBClient, 'send'>,
  parts: readonly Part[],
  token: string,
  again: () => Promise<boolean>,
): Promise<Ending> {
  const command = new ExecuteTransactionCommand({
    TransactStatements: parts.map(({ statement }) => statement),
    ClientRequestToken: token,
  });

  let unansweredReason: string | undefined;

  for (;;) {
    try {
      await client.send(command);
      return { outcome: 'committed' };
    } catch (error) {
      const { name, refused, reasons } = readAwsError(error);

      if (!refused && !wasNotSent(error)) unansweredReason = name;

      const ending =
        reasons === undefined
          ? { outcome: 'refused' as const, reason: name }
          : endingOf(parts, reasons);
      if (ending.outcome === 'number-taken' && unansweredReason !== undefined)
        return { outcome: 'committed' };
      const isRetryable = !refused || (ending.outcome === 'refused' && isThrottling(ending.reason));
      if (isRetryable && (await again())) continue;

      return unansweredReason === undefined
        ? ending
        : { outcome: 'unknown', reason: unansweredReason };
    }
  }
}

/** Interprets the cancellation reasons: one for each statement, in order. */
function endingOf(parts: readonly Part[], reasons: readonly string[]): Ending {
  const unmet = parts.filter((_, i) => UNMET.has(reasons[i] ?? ''));
  if (unmet.some(({ target }) => target === undefined)) return { outcome: 'number-taken' };
  if (unmet.length > 0)
    return { outcome: 'conflict', targets: unmet.flatMap(({ target }) => target ?? []) };

  const others = reasons.filter((reason) => reason !== 'None');

  return {
    outcome: 'refused',
    reason:
      others.find((reason) => !isThrottling(reason)) ?? others[0] ?? 'TransactionCanceledException',
  };
}
