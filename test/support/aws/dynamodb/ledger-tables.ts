import { type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { definitionsOf, tablesOf } from '../tables.ts';
import type { DynamoFront } from './front.ts';
import type { Value } from './value.ts';

const NAMES = tablesOf('writ-test');
export const { state: STATE, trail: TRAIL, keys: KEYS } = NAMES;

const [state, trail, keys] = definitionsOf(NAMES) as [
  CreateTableCommandInput,
  CreateTableCommandInput,
  CreateTableCommandInput,
];
const STREAM = { StreamSpecification: trail.StreamSpecification };

/**
 * The ledger's tables, but with a stream of the documents, too: that of the trail, where all is
 * written once, has only insertions.
 */
export const DEFINITIONS: readonly CreateTableCommandInput[] = [
  { ...state, ...STREAM },
  trail,
  keys,
];

/** The client as it is, but for where it sends to. */
export function clientOf(
  front: DynamoFront,
  way: 'socket' | 'in process' = 'in process',
): DynamoDBClient {
  return new DynamoDBClient({
    region: 'eu-central-1',
    endpoint: front.url,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
    ...(way === 'socket' ? {} : { requestHandler: front.requestHandler }),
  });
}

/** A statement that the front is tried with, and its parameters as on the wire, bytes aside. */
export interface Asked {
  readonly Statement: string;
  readonly Parameters: (Exclude<Value, { readonly B: string }> | { readonly B: Uint8Array })[];
}

const text = (S: string) => ({ S });
const whole = (n: number) => ({ N: String(n) });
/** Different bytes for different revisions. */
export const bytesOf = (rev: number, length = 3) => new Uint8Array(length).fill(rev);

/** Puts the document `id` at revision 1, to be found in the sweep index from `sweepAt` on. */
export function insert(
  id: string,
  { sweepAt, bytes = 3 }: { readonly sweepAt?: number; readonly bytes?: number } = {},
): Asked {
  const mark = sweepAt === undefined ? '' : `, 'sweep': ?, 'sweepAt': ?`;
  return {
    Statement: `INSERT INTO "${STATE}" VALUE {'pk': ?, 'sk': ?, 'name': ?, 'rev': ?, 'commitment': ?, 'body': ?${mark}}`,
    Parameters: [
      text(id),
      text('-'),
      text(id),
      whole(1),
      text('c1'),
      { B: bytesOf(1, bytes) },
      ...(sweepAt === undefined ? [] : [text('sweep'), whole(sweepAt)]),
    ],
  };
}

const at = (id: string, rev: number) => [
  text(id),
  text('-'),
  text(id),
  whole(rev),
  text(`c${rev}`),
];
const AT = 'WHERE "pk"=? AND "sk"=? AND "name"=? AND "rev"=? AND "commitment"=?';

/**
 * Takes the document from `rev` to the next revision; its mark stays, or is set, or goes (`null`).
 */
export function update(id: string, rev: number, sweepAt?: number | null): Asked {
  const mark =
    sweepAt === undefined ? '' : sweepAt === null ? ' REMOVE "sweepAt"' : ' SET "sweepAt"=?';
  return {
    Statement: `UPDATE "${STATE}" SET "rev"=? SET "commitment"=? SET "body"=?${mark} ${AT}`,
    Parameters: [
      whole(rev + 1),
      text(`c${rev + 1}`),
      { B: bytesOf(rev + 1) },
      ...(typeof sweepAt === 'number' ? [whole(sweepAt)] : []),
      ...at(id, rev),
    ],
  };
}

export const unmark = (id: string): Asked => ({
  Statement: `UPDATE "${STATE}" REMOVE "sweepAt" WHERE "pk"=? AND "sk"=?`,
  Parameters: [text(id), text('-')],
});

export const remove = (id: string, rev: number): Asked => ({
  Statement: `DELETE FROM "${STATE}" ${AT}`,
  Parameters: at(id, rev),
});

export const exists = (id: string, rev: number): Asked => ({
  Statement: `EXISTS(SELECT * FROM "${STATE}" WHERE "pk"=? AND "sk"=? AND "rev"=? AND "commitment"=?)`,
  Parameters: [text(id), text('-'), whole(rev), text(`c${rev}`)],
});

/** Puts an entry at number `n` of a writer, at the time `n`. */
export const entry = (writer: string, n: number, run?: string): Asked => ({
  Statement: `INSERT INTO "${TRAIL}" VALUE {'pk': ?, 'sk': ?, 'body': ?${run === undefined ? '' : `, 'run': ?, 'time': ?`}}`,
  Parameters: [
    text(writer),
    whole(n),
    { B: bytesOf(n) },
    ...(run === undefined ? [] : [text(run), whole(n)]),
  ],
});
