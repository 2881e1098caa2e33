import { ExecuteTransactionCommand } from '@aws-sdk/client-dynamodb';
import type { StoredEntry } from '#shared/audit/index.ts';
import {
  type ManualClock,
  type Metrics,
  type Random,
  seededRandom,
  silentMetrics,
  type Timers,
} from '#shared/kernel/index.ts';
import { tableOf } from '#shared/ledger/adapters/dynamodb/items.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoReader } from '#shared/ledger/adapters/dynamodb/reader.ts';
import { insertEntry } from '#shared/ledger/adapters/dynamodb/statements.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { type Alteration, alteration } from '../alter-document.ts';
import { type DynamoFront, startDynamoFront } from './dynamodb/front.ts';
import { MemorySender } from './memory-sender.ts';
import { definitionsOf, tablesOf } from './tables.ts';

/** Waits that are over at once: how long is waited between attempts is not what is tried here. */
export const AT_ONCE: Timers = {
  after(_, act) {
    const soon = setImmediate(act);
    return () => clearImmediate(soon);
  },
};

export const TABLES = tablesOf('writ-test');
export const BUNDLE = 'b'.repeat(64);

/** The ledger on the front, every opening an instance of its own, with queues in memory. */
export interface DynamoStore {
  readonly front: DynamoFront;
  readonly sender: MemorySender;
  readonly trail: DynamoTrail;
  readonly clock: ManualClock;
  ledger(name: string): DynamoLedger;
  /** Puts bytes where an entry could be, past every ledger. */
  forge(entry: StoredEntry, run: string, time: number): Promise<void>;
  /** Changes a stored document past every ledger. */
  alter(target: string, to: Alteration): Promise<void>;
  close(): Promise<void>;
}

let opened = 0;

export async function openDynamoStore(metrics: Metrics = silentMetrics): Promise<DynamoStore> {
  const clock = new ManualTimers(Date.UTC(2026, 0, 2));
  const front = await startDynamoFront({ clock });

  await front.createTables(...definitionsOf(TABLES));

  const random: Random = seededRandom(`dynamo ${++opened}`);

  const client = dynamoClient({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: front.url,
    requestHandler: front.requestHandler,
  });

  const sender = new MemorySender(clock);
  const base = { client, tables: TABLES, random, timers: AT_ONCE, metrics };

  return {
    front,
    sender,
    clock,
    trail: new DynamoTrail(base),
    ledger: (name) => new DynamoLedger({ name, bundle: BUNDLE }, { ...base, sender, clock }),
    async forge(entry, run, time) {
      await client.send(
        new ExecuteTransactionCommand({
          TransactStatements: [insertEntry(TABLES.trail, entry, run, time)],
        }),
      );
    },
    async alter(target, to) {
      const [standing] = await new DynamoReader(base).read([target]);
      if (standing === undefined) throw new Error(`there is no document ${target}`);
      const statement = alteration(tableOf(TABLES, target), standing, to);
      await client.send(new ExecuteTransactionCommand({ TransactStatements: [statement] }));
    },
    close: () => front.close(),
  };
}
