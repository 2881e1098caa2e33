import { refused } from './refusal.ts';
import { type Item, type Key, toValue, type Value } from './value.ts';

interface Named {
  readonly table: string;
  readonly key: Key;
  /** Every attribute the statement names, once, in the order it first does. */
  readonly attributes: readonly string[];
}

/** Values the item must have besides its key. */
interface Conditioned {
  readonly conditions: Item;
}

export interface InsertStatement extends Named {
  readonly kind: 'Insert';
  readonly item: Item & Key;
}

export interface UpdateStatement extends Named, Conditioned {
  readonly kind: 'Update';
  readonly set: Item;
  readonly remove: readonly string[];
}

export interface DeleteStatement extends Named, Conditioned {
  readonly kind: 'Delete';
}

export interface ExistsStatement extends Named, Conditioned {
  readonly kind: 'Exists';
}

/** A statement of the ledger with its parameters in their places. */
export type Statement = InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement;

/** Where a parameter goes. */
interface Place {
  readonly clause: 'item' | 'set' | 'where';
  readonly name: string;
}

/** One of the texts that are understood, `$` standing for the table's name. */
interface Form {
  readonly kind: Statement['kind'];
  readonly text: string;
  readonly places: readonly Place[];
  readonly remove: readonly string[];
}

const KEY = ['pk', 'sk'];
const AT_REVISION = [...KEY, 'name', 'rev', 'commitment'];
const NEW_REVISION = ['rev', 'commitment', 'body'];

const places = (clause: Place['clause'], names: readonly string[]) =>
  names.map((name) => ({ clause, name }));
const where = (names: readonly string[]) =>
  `WHERE ${names.map((name) => `"${name}"=?`).join(' AND ')}`;

function insertForm(names: readonly string[]): Form {
  const text = `INSERT INTO "$" VALUE {${names.map((name) => `'${name}': ?`).join(', ')}}`;
  return { kind: 'Insert', text, places: places('item', names), remove: [] };
}

function updateForm(
  set: readonly string[],
  remove: readonly string[],
  at: readonly string[],
): Form {
  const clauses = [
    ...set.map((name) => `SET "${name}"=?`),
    ...remove.map((name) => `REMOVE "${name}"`),
  ];

  const text = `UPDATE "$" ${clauses.join(' ')} ${where(at)}`;
  return { kind: 'Update', text, places: [...places('set', set), ...places('where', at)], remove };
}

/** Every way of leaving groups of index attributes out. */
function documentInserts(): Form[] {
  const groups = [['listName', 'listSort'], ['due', 'dueAt'], ['sweep'], ['sweepAt']];
  return groups
    .reduce<string[][]>(
      (all, group) => all.flatMap((names) => [names, [...names, ...group]]),
      [[...AT_REVISION, 'body']],
    )
    .map(insertForm);
}

/** Forms by their text: what is not here to the letter is not a statement of the ledger. */
const FORMS: ReadonlyMap<string, Form> = new Map(
  [
    ...documentInserts(),
    insertForm([...KEY, 'body']),
    insertForm([...KEY, 'body', 'run', 'time']),
    updateForm(NEW_REVISION, [], AT_REVISION),
    updateForm([...NEW_REVISION, 'sweepAt'], [], AT_REVISION),
    updateForm(NEW_REVISION, ['sweepAt'], AT_REVISION),
    updateForm([], ['sweepAt'], KEY),
    {
      kind: 'Delete' as const,
      text: `DELETE FROM "$" ${where(AT_REVISION)}`,
      places: places('where', AT_REVISION),
      remove: [],
    },
    existsForm([...KEY, 'rev', 'commitment']),
  ].map((form) => [form.text, form]),
);

function existsForm(at: readonly string[]): Form {
  return {
    kind: 'Exists',
    text: `EXISTS(SELECT * FROM "$" ${where(at)})`,
    places: places('where', at),
    remove: [],
  };
}

/** The texts {@link parseStatement} understands, with `table` in them. */
export const statementTexts = (table: string): string[] =>
  [...FORMS.keys()].map((text) => text.replace('$', table));

/**
 * Names of tables: 3 to 255 of these (page "Supported data types and naming rules in Amazon
 * DynamoDB").
 */
const TABLE =
  /^(INSERT INTO |UPDATE |DELETE FROM |EXISTS\(SELECT \* FROM )"([A-Za-z0-9_.-]{3,255})"/;

/**
 * Reads a statement of the ledger. Its forms are compared to the letter, so a statement that
 * DynamoDB would understand and the ledger has no use for is refused as well.
 *
 * @throws a ValidationException with the statement in its message.
 */
export function parseStatement(text: string, parameters: readonly unknown[]): Statement {
  const [start, verb, table] = TABLE.exec(text) ?? [];
  const form = start === undefined ? undefined : FORMS.get(`${verb}"$"${text.slice(start.length)}`);
  if (form === undefined || table === undefined)
    throw refused(`not a statement of the ledger: ${text}`);
  if (parameters.length !== form.places.length) {
    throw refused(
      `${parameters.length} parameters for the ${form.places.length} places of the statement: ${text}`,
    );
  }

  const clauses: Record<Place['clause'], Record<string, Value>> = { item: {}, set: {}, where: {} };

  form.places.forEach(({ clause, name }, index) => {
    clauses[clause][name] = toValue(
      parameters[index],
      `parameter ${index} (${name}) of the statement ${text}`,
    );
  });

  const { item, set } = clauses;
  const { pk, sk, ...conditions } = form.kind === 'Insert' ? item : clauses.where;
  if (pk === undefined || sk === undefined) throw new Error(`a form without a key: ${form.text}`);

  const key = { pk, sk };
  const attributes = [
    ...new Set(Array.from(form.text.matchAll(/["'](\w+)["']/g), ([, name = '']) => name)),
  ];
  const named = { table, key, attributes };

  switch (form.kind) {
    case 'Insert':
      return { kind: 'Insert', ...named, item: { ...item, ...key } };
    case 'Update':
      return { kind: 'Update', ...named, set, remove: form.remove, conditions };
    default:
      return { kind: form.kind, ...named, conditions };
  }
}
