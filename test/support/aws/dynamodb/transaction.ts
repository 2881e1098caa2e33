import type { Body } from './engine.ts';
import { cancelled, type Reason, refused } from './refusal.ts';
import { parseStatement, type Statement } from './statement.ts';
import { type Item, itemBytes, itemText, type Key, keyText, sameValue, toBody } from './value.ts';

/**
 * Most statements of one transaction (page "Performing transactions with PartiQL for DynamoDB").
 */
const STATEMENTS_MAX = 100;
/**
 * Most bytes of one item and of all items of a transaction (page "Quotas in Amazon DynamoDB": 400
 * KB, 4 MB).
 */
const ITEM_MAX_BYTES = 400 * 1_024;
const TRANSACTION_MAX_BYTES = 4 * 1_024 * 1_024;

/** An `ExecuteTransaction` whose statements are all understood. */
export interface Transaction {
  readonly statements: readonly Statement[];
  readonly token: string | undefined;
  /** Equal for requests that ask for the same. */
  readonly text: string;
}

/** What a transaction does to one item; without `after` the item goes. */
export interface Change {
  readonly table: string;
  readonly key: Key;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
}

/**
 * Reads the body of an `ExecuteTransaction` (API Reference, same name: 1 to 100 statements, a token
 * of 1 to 36 characters). Options the ledger does not use are refused, as they would change the
 * answer.
 *
 * @throws a ValidationException.
 */
export function parseTransaction(body: Body): Transaction {
  const { TransactStatements: listed, ClientRequestToken: token, ...more } = body;
  if (Object.keys(more).length > 0)
    throw refused(`a transaction has ${Object.keys(more).join(', ')}`);
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > STATEMENTS_MAX) {
    throw refused(
      `a transaction has ${Array.isArray(listed) ? listed.length : 'no'} statements; allowed are 1 to ${STATEMENTS_MAX}`,
    );
  }
  if (token !== undefined && (typeof token !== 'string' || token.length < 1 || token.length > 36)) {
    throw refused('a ClientRequestToken has 1 to 36 characters');
  }

  const statements = listed.map((raw, index) => {
    const {
      Statement: text,
      Parameters: parameters,
      ...options
    } = toBody(raw, `statement ${index}`);
    if (typeof text !== 'string' || !Array.isArray(parameters))
      throw refused(`statement ${index} has no text or no parameters`);
    if (Object.keys(options).length > 0)
      throw refused(`the statement has ${Object.keys(options).join(', ')}: ${text}`);

    return parseStatement(text, parameters);
  });

  const items = new Set(statements.map(({ table, key }) => keyText(table, key)));
  if (items.size < statements.length)
    throw refused('Transaction request cannot include multiple operations on one item');

  return { statements, token, text: JSON.stringify(listed) };
}

/**
 * What a transaction does to the items as they stand.
 *
 * @param itemOf - The item a statement names, if there is one.
 * @param fits - Whether an item's attributes have the types its table's keys and indexes ask for.
 * @throws a TransactionCanceledException with a reason for each statement when one of them does
 *   not hold, a ValidationException when the items together are too large. Nothing is to be done
 *   then.
 */
export function decide(
  statements: readonly Statement[],
  itemOf: (statement: Statement) => Item | undefined,
  fits: (table: string, item: Item) => boolean,
): readonly Change[] {
  let bytes = 0;

  const outcomes = statements.map((statement) => {
    const { table, key } = statement;
    const before = itemOf(statement);
    const outcome = apply(statement, before);
    const after = typeof outcome === 'string' ? undefined : outcome.after;

    bytes += itemBytes(after ?? before ?? {});

    if (after !== undefined && (itemBytes(after) > ITEM_MAX_BYTES || !fits(table, after)))
      return 'ValidationError';

    return typeof outcome === 'string' ? outcome : { table, key, before, after };
  });
  if (bytes > TRANSACTION_MAX_BYTES)
    throw refused(`the items have ${bytes} bytes; allowed are ${TRANSACTION_MAX_BYTES}`);

  const reasons = outcomes.map(
    (outcome): Reason => (typeof outcome === 'string' ? outcome : 'None'),
  );
  if (reasons.some((reason) => reason !== 'None')) throw cancelled(reasons);

  return outcomes
    .filter((outcome) => typeof outcome !== 'string')
    .filter(({ before, after }) => !sameItem(before, after));
}

/** What becomes of one item, or why not. */
function apply(
  statement: Statement,
  before: Item | undefined,
): { readonly after: Item | undefined } | Reason {
  if (statement.kind === 'Insert')
    return before === undefined ? { after: statement.item } : 'DuplicateItem';
  // page "PartiQL delete statements for DynamoDB": of an item that is not there, "SUCCESS is
  // returned with 0 items deleted"
  if (statement.kind === 'Delete' && before === undefined) return { after: undefined };

  const holds =
    before !== undefined &&
    Object.entries(statement.conditions).every(([name, value]) => sameValue(before[name], value));
  // page "PartiQL update statements for DynamoDB": an item that is not there is not made
  if (!holds) return 'ConditionalCheckFailed';

  switch (statement.kind) {
    case 'Delete':
      return { after: undefined };
    case 'Exists':
      return { after: before };
    case 'Update': {
      const changed = Object.entries({ ...before, ...statement.set });
      return {
        after: Object.fromEntries(changed.filter(([name]) => !statement.remove.includes(name))),
      };
    }
  }
}

const sameItem = (a: Item | undefined, b: Item | undefined): boolean =>
  a === undefined || b === undefined ? a === b : itemText(a) === itemText(b);
