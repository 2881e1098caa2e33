import { afterAll } from 'vitest';
import { silentMetrics, systemRandom, waitingTimers } from '#shared/kernel/index.ts';
import { DynamoLedger, dynamoClient } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import { DynamoReader } from '#shared/ledger/adapters/dynamodb/reader.ts';
import { insertEntry } from '#shared/ledger/adapters/dynamodb/statements.ts';
import { DynamoTrail } from '#shared/ledger/adapters/dynamodb/trail.ts';
import { describeLedger, type LedgerUnderTest } from '../../contracts/ledger.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { alteration } from '../../support/alter-document.ts';
import { MemorySender } from '../../support/aws/memory-sender.ts';
import { destroyAll } from '../clients.ts';
import { transaction } from '../facts/documents.ts';
import { settled } from '../resources/settled.ts';
import { emptyTables, suiteTables } from '../resources/tables.ts';
import { live } from './live.ts';

const { run, clients } = live();
const tables = suiteTables(run);
// as functions have it: it repeats nothing by itself
const client = dynamoClient({ region: run.region });
afterAll(() => {
  client.destroy();
  destroyAll(clients);
});

/** One set of tables for all tests, emptied before each: the suite counts whole tables. */
describeLedger('DynamoDB of AWS', async (): Promise<LedgerUnderTest> => {
  await emptyTables(clients, tables, waitingTimers);
  // what was there before shows in indexes a while longer
  await settled(clients, tables, waitingTimers);

  const clock = new ManualTimers(Date.UTC(2026, 0, 2));
  const sender = new MemorySender(clock);

  const base = {
    client,
    tables,
    random: systemRandom(),
    timers: waitingTimers,
    metrics: silentMetrics,
  };

  return {
    engine: 'aws',
    trail: new DynamoTrail(base),
    ledger: (name) =>
      new DynamoLedger({ name, bundle: 'b'.repeat(64) }, { ...base, sender, clock }),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async forge(entry, run, time) {
      await transaction(client, [insertEntry(tables.trail, entry, run, time)]);
    },
    async alter(target, to) {
      const [standing] = await new DynamoReader(base).read([target]);
      if (standing === undefined) throw new Error(`there is no document ${target}`);
      await transaction(client, [alteration(tables.state, standing, to)]);
    },
    settle: () => settled(clients, tables, waitingTimers),
    take: async (queue) => sender.take(queue),
    redeliver: async () => {},
    close: async () => {},
  };
});
