import { type DynamoDBClient, ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import { isThrottling, readAwsError, wasNotSent } from '#shared/kernel/adapters/aws-errors.ts';
import type { Statement } from './statements.ts';

/** A statement, and what it stands for in the commit. */
export interface Part {
  readonly statement: Statement;
  /** The document it is about; absent for an entry. */
  readonly target?: string;
}

/** How a transaction ended, as far as can be told. */
export type Ending =
  | { readonly outcome: 'committed' }
  /** Refused because of these documents; nothing happened and nothing of it is under way. */
  | { readonly outcome: 'conflict'; readonly targets: readonly string[] }
  /**
   * Not taken; nothing happened and nothing of it is under way. `reason` is DynamoDB's word for it.
   */
  | { readonly outcome: 'refused'; readonly reason: string }
  /** Somebody else has an entry at our number. Nothing happened. */
  | { readonly outcome: 'number-taken' }
  /** It may have happened, or may still. */
  | { readonly outcome: 'unknown'; readonly reason: string };

/** Reasons by which DynamoDB says that a condition did not hold. */
const UNMET = new Set(['ConditionalCheckFailed', 'DuplicateItem']);
/**
 * Executes one transaction, trying again as often as `again` allows, always with the same bytes
 * under the same token, so that no number of tries commits it twice: DynamoDB answers the
 * repetition of a transaction that succeeded with success, for 10 minutes.
 *
 * What an attempt without an answer did is not known, and it may arrive late. From then on only
 * success is believed. A refusal then says nothing, with one exception: an entry that stands at our
 * own number can only be ours, because a number is handed out once and all parts happen together.
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

  let doubt: string | undefined;

  for (;;) {
    try {
      await client.send(command);
      return { outcome: 'committed' };
    } catch (error) {
      const { name, refused, reasons } = readAwsError(error);

      if (!refused && !wasNotSent(error)) doubt = name;

      const ending =
        reasons === undefined
          ? { outcome: 'refused' as const, reason: name }
          : endingOf(parts, reasons);
      if (ending.outcome === 'number-taken' && doubt !== undefined) return { outcome: 'committed' };
      const passing = !refused || (ending.outcome === 'refused' && isThrottling(ending.reason));
      if (passing && (await again())) continue;

      return doubt === undefined ? ending : { outcome: 'unknown', reason: doubt };
    }
  }
}

/**
 * What the reasons of a cancellation say, of which there is one for each statement, in their order.
 */
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
