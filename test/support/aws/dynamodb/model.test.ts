import {
  type DynamoDBClient,
  ExecuteTransactionCommand,
  ScanCommand,
  type TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock, MINUTE } from '#shared/kernel/index.ts';
import { FAULT_KINDS, seededFaults } from './faults.ts';
import { type DynamoFront, startDynamoFront } from './front.ts';
import {
  type Asked,
  clientOf,
  DEFINITIONS,
  entry,
  exists,
  insert,
  remove,
  STATE,
  TRAIL,
  unmark,
  update,
} from './ledger-tables.ts';

const SOAK = process.env.WRIT_SOAK === '1';

/** What a statement asks for, told apart from how it is written. */
type Deed =
  | {
      readonly op: 'insert' | 'update';
      readonly id: string;
      readonly rev: number;
      readonly sweepAt: number | null | undefined;
    }
  | { readonly op: 'unmark' | 'remove' | 'exists'; readonly id: string; readonly rev: number }
  | { readonly op: 'entry'; readonly id: string; readonly rev: number };

interface Step {
  readonly deeds: readonly Deed[];
  readonly token: string | undefined;
  readonly minutes: number;
}

const id = fc.constantFrom('a', 'b', 'c', 'd');
const rev = fc.integer({ min: 1, max: 3 });
const sweepAt = fc.constantFrom(undefined, null, 5, 6);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({ op: fc.constantFrom('insert' as const, 'update' as const), id, rev, sweepAt }),
  fc.record({
    op: fc.constantFrom('unmark' as const, 'remove' as const, 'exists' as const),
    id,
    rev,
  }),
  fc.record({ op: fc.constant('entry' as const), id, rev }),
);
const step: fc.Arbitrary<Step> = fc.record({
  deeds: fc.array(deed, { minLength: 1, maxLength: 4 }),
  token: fc.constantFrom(undefined, undefined, 't1', 't2'),
  minutes: fc.constantFrom(0, 0, 4),
});
const steps = fc.array(step, { minLength: 1, maxLength: 25 });

function toStatement(deed: Deed): Asked {
  switch (deed.op) {
    case 'insert':
      return insert(deed.id, {
        ...(typeof deed.sweepAt === 'number' ? { sweepAt: deed.sweepAt } : {}),
      });
    case 'update':
      return update(deed.id, deed.rev, deed.sweepAt);
    case 'unmark':
      return unmark(deed.id);
    case 'remove':
      return remove(deed.id, deed.rev);
    case 'exists':
      return exists(deed.id, deed.rev);
    case 'entry':
      return entry(deed.id, deed.rev);
  }
}

interface Standing {
  readonly rev: number;
  readonly sweep: boolean;
  readonly sweepAt: number | undefined;
}

/** DynamoDB as far as the ledger knows it, in a few lines: what the front has to agree with. */
class Model {
  documents = new Map<string, Standing>();
  entries = new Set<string>();
  now = 0;
  readonly #tokens = new Map<string, { readonly text: string; readonly at: number }>();

  execute({ deeds, token }: Step): string {
    const keys = deeds.map(({ op, id, rev }) => (op === 'entry' ? `${id}/${rev}` : id));
    if (new Set(keys).size < keys.length) return 'ValidationException';

    const text = JSON.stringify(deeds.map(toStatement));
    const used = token === undefined ? undefined : this.#tokens.get(token);
    if (used !== undefined && this.now - used.at <= 10)
      return used.text === text ? 'applied' : 'IdempotentParameterMismatchException';

    const reasons = deeds.map((deed) => this.#reason(deed));
    if (reasons.some((reason) => reason !== 'None')) return reasons.join();

    for (const deed of deeds) this.#apply(deed);

    if (token !== undefined) this.#tokens.set(token, { text, at: this.now });

    return 'applied';
  }

  #reason({ op, id, rev }: Deed): string {
    const standing = this.documents.get(id);
    if (op === 'entry') return this.entries.has(`${id}/${rev}`) ? 'DuplicateItem' : 'None';
    if (op === 'insert') return standing ? 'DuplicateItem' : 'None';
    if (op === 'remove' && !standing) return 'None';
    if (op === 'unmark') return standing ? 'None' : 'ConditionalCheckFailed';
    return standing?.rev === rev ? 'None' : 'ConditionalCheckFailed';
  }

  #apply(deed: Deed): void {
    const { op, id } = deed;
    const standing = this.documents.get(id) ?? { rev: 0, sweep: false, sweepAt: undefined };

    if (op === 'entry') this.entries.add(`${id}/${deed.rev}`);

    if (op === 'insert')
      this.documents.set(id, {
        rev: 1,
        sweep: typeof deed.sweepAt === 'number',
        sweepAt: deed.sweepAt ?? undefined,
      });

    if (op === 'update') {
      const mark = deed.sweepAt === undefined ? standing.sweepAt : (deed.sweepAt ?? undefined);
      this.documents.set(id, { rev: standing.rev + 1, sweep: standing.sweep, sweepAt: mark });
    }

    if (op === 'unmark') this.documents.set(id, { ...standing, sweepAt: undefined });

    if (op === 'remove') this.documents.delete(id);
  }
}

const execute = (client: DynamoDBClient, { deeds, token }: Step): Promise<string> =>
  client
    .send(
      new ExecuteTransactionCommand({
        TransactStatements: deeds.map(toStatement),
        ClientRequestToken: token,
      }),
    )
    .then(
      () => 'applied',
      (error: TransactionCanceledException) =>
        error.CancellationReasons?.map(({ Code }) => Code).join() ?? error.name,
    );

async function scan(client: DynamoDBClient, table: string) {
  const { Items = [] } = await client.send(
    new ScanCommand({ TableName: table, ConsistentRead: true }),
  );
  return Items;
}

async function documents(client: DynamoDBClient): Promise<Map<string, Standing>> {
  const items = await scan(client, STATE);
  return new Map(
    items.map(({ pk, rev, sweep, sweepAt }) => [
      String(pk?.S),
      {
        rev: Number(rev?.N),
        sweep: sweep !== undefined,
        sweepAt: sweepAt === undefined ? undefined : Number(sweepAt.N),
      },
    ]),
  );
}

/** What the stream says stands, read from its first record. */
function replayed(front: DynamoFront): Map<string, number> {
  const standing = new Map<string, number>();
  for (const { eventName, dynamodb } of front.records(STATE)) {
    const id = String(dynamodb?.Keys?.pk?.S);
    expect(Number(dynamodb?.OldImage?.rev?.N ?? 0)).toBe(standing.get(id) ?? 0);
    if (eventName === 'REMOVE') standing.delete(id);
    else standing.set(id, Number(dynamodb?.NewImage?.rev?.N));
  }

  return standing;
}

/** Asks a fresh front everything in order. */
async function run<T>(
  way: 'socket' | 'in process',
  asked: readonly Step[],
  seed: string | undefined,
  look: (front: DynamoFront, client: DynamoDBClient, outcomes: readonly string[]) => Promise<T>,
): Promise<T> {
  const clock = new ManualClock(0);
  const front = await startDynamoFront({ clock });

  await front.createTables(...DEFINITIONS);
  if (seed !== undefined) front.faults = seededFaults(seed, { rate: 0.5, kinds: FAULT_KINDS });

  const client = clientOf(front, way);
  const outcomes: string[] = [];

  for (const step of asked) {
    clock.advance(step.minutes * MINUTE);
    outcomes.push(await execute(client, step));
  }

  const seen = await look(front, client, outcomes);

  client.destroy();
  await front.close();

  return seen;
}

describe('any sequence of transactions', () => {
  it('ends as a plain model says, statement by statement and in the stream', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (asked) =>
        run('in process', asked, undefined, async (front, client, outcomes) => {
          const model = new Model();
          const expected = asked.map((step) => {
            model.now += step.minutes;
            return model.execute(step);
          });

          expect(outcomes).toEqual(expected);
          expect(await documents(client)).toEqual(model.documents);

          const entries = await scan(client, TRAIL);

          expect(new Set(entries.map(({ pk, sk }) => `${pk?.S}/${sk?.N}`))).toEqual(model.entries);
          expect(replayed(front)).toEqual(
            new Map([...model.documents].map(([id, { rev }]) => [id, rev])),
          );
        }),
      ),
      { numRuns: SOAK ? 2_000 : 50 },
    );
  });

  it('is the same over a socket and without, with the same faults for the same seed', async () => {
    const trace = (way: 'socket' | 'in process', asked: readonly Step[], seed: string) =>
      run(way, asked, seed, async (front, client, outcomes) => ({
        outcomes,
        late: await front.deliverLate(),
        documents: await documents(client),
        records: front.records(STATE),
        // not their tokens: where there is none the client makes one up
        requests: front.requests.map(({ operation, body }) => [operation, body.TransactStatements]),
      }));

    await fc.assert(
      fc.asyncProperty(steps, fc.string({ maxLength: 4 }), async (asked, seed) => {
        expect(await trace('socket', asked, seed)).toEqual(await trace('in process', asked, seed));
      }),
      { numRuns: SOAK ? 500 : 15 },
    );
  });
});
