import type { Body } from './engine.ts';

/**
 * Why one statement of a cancelled transaction held or did not (API Reference,
 * `TransactionCanceledException`).
 *
 * `DuplicateItem` is not in that list, which is of `TransactWriteItems`: it is the code of
 * `BatchStatementError` for the DuplicateItemException of page "PartiQL insert statements for
 * DynamoDB". That a cancelled `ExecuteTransaction` names it so, no page says.
 */
export type Reason =
  | 'None'
  | 'ConditionalCheckFailed'
  | 'DuplicateItem'
  | 'TransactionConflict'
  | 'ThrottlingError'
  | 'ProvisionedThroughputExceeded'
  | 'ValidationError';

const REASONS: Readonly<Record<Exclude<Reason, 'None'>, string>> = {
  ConditionalCheckFailed: 'The conditional request failed',
  DuplicateItem: 'Duplicate primary key exists in table',
  TransactionConflict: 'Transaction is ongoing for the item',
  ThrottlingError:
    'Throughput exceeds the current capacity for one or more global secondary indexes',
  ProvisionedThroughputExceeded:
    'The level of configured provisioned throughput for the table was exceeded',
  ValidationError:
    'Item size has exceeded the maximum allowed size, or a value does not fit an index key',
};

/** Where the types of an answer live; clients read what follows the `#`. */
const NAMESPACES = {
  ValidationException: 'com.amazon.coral.validate',
  UnknownOperationException: 'com.amazon.coral.service',
  ThrottlingException: 'com.amazon.coral.availability',
} as const;

/**
 * An error answer. Thrown inside the front, sent as {@link Refusal.body} with {@link
 * Refusal.status}.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly type: string;
  readonly status: number;
  readonly body: Body;

  constructor(type: string, message: string, more: Body = {}, status = 400) {
    super(message);

    const namespace =
      type in NAMESPACES
        ? NAMESPACES[type as keyof typeof NAMESPACES]
        : 'com.amazonaws.dynamodb.v20120810';

    this.type = type;
    this.status = status;
    this.body = { __type: `${namespace}#${type}`, message, Message: message, ...more };
  }
}

/** A request that is wrong in itself. */
export const refused = (message: string): Refusal => new Refusal('ValidationException', message);

/** A transaction that was not applied, with a reason for each of its statements, in their order. */
export function cancelled(reasons: readonly Reason[]): Refusal {
  return new Refusal(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.join(', ')}]`,
    {
      CancellationReasons: reasons.map((code) =>
        code === 'None' ? { Code: code } : { Code: code, Message: REASONS[code] },
      ),
    },
  );
}
