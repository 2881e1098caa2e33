import { seededRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { describeLedger, type LedgerUnderTest } from '../../contracts/ledger.ts';
import { ManualTimers } from '../../contracts/manual-timers.ts';
import { QueryLag, withQueryLag } from '../../contracts/query-lag.ts';
import { alterDocument } from '../../support/alter-document.ts';
import { forgeEntry } from '../../support/forge-entry.ts';
import { newFolder } from './folder.ts';

const BUNDLE = 'b'.repeat(64);

async function open(lag?: QueryLag): Promise<LedgerUnderTest> {
  const { folder, discard } = newFolder();
  const timers = new ManualTimers(Date.UTC(2026, 0, 2));

  const store = new SqliteStore({
    folder,
    clock: timers,
    timers,
    random: seededRandom(folder),
    walPages: 0,
  });

  return {
    engine: 'embedded',
    trail: store,
    ledger(name) {
      const ledger = store.ledger({ name, bundle: BUNDLE });
      return lag === undefined ? ledger : withQueryLag(ledger, lag);
    },
    now: () => timers.now(),
    advance: (ms) => timers.advance(ms),
    async forge(entry, run, time) {
      forgeEntry(folder, entry, run, time);
    },
    async alter(target, to) {
      alterDocument(folder, target, to);
    },
    async settle() {
      lag?.catchUp();
    },
    async take(queue) {
      const taken = store.queues.receive(queue, 1_000, 60_000);
      for (const { receipt } of taken) store.queues.delete(queue, receipt);
      return taken.map(({ message }) => message);
    },
    async redeliver() {},
    async close() {
      store.close();
      discard();
    },
  };
}

describeLedger('SQLite', () => open());
describeLedger('SQLite with indexes that lag', () => open(new QueryLag()));
