import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock, systemRandom } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import { assertIntact, documentOf, type StoredDocument } from '#shared/ledger/stored-document.ts';
import { type Row, spread, verdict } from './measure.ts';

const ROUNDS = 7;
const DOCUMENTS = 2_000;
/** Document sizes in bytes: that of a usual run with its fields, and the maximum of a run. */
const SIZES = [2_000, 16_384] as const;

/**
 * Measures the time to read and parse documents from the table, with and without comparing each
 * document with its commitment. The two measurements alternate. Cached documents are not compared
 * again: a cached read only checks whether another process wrote to the file.
 */
export async function loadRows(progress: (text: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of SIZES) rows.push(await loadRow(size, progress));
  return rows;
}

async function loadRow(size: number, progress: (text: string) => void): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const keys = await filled(folder, size);
  const db = new DatabaseSync(join(folder, 'ledger.db'), { readOnly: true });
  const select = db.prepare(
    'SELECT target, name, rev, commitment, body FROM document WHERE target = ?',
  );
  const version = db.prepare('PRAGMA data_version');

  const load = (compare: boolean) => {
    const before = performance.now();
    for (const key of keys) {
      const stored = select.get(key) as unknown as StoredDocument;
      if (compare) assertIntact(stored);
      documentOf(stored);
    }
    return ((performance.now() - before) * 1_000) / keys.length;
  };

  const ask = () => {
    const before = performance.now();
    for (let i = 0; i < keys.length; i++) version.get();
    return ((performance.now() - before) * 1_000) / keys.length;
  };

  for (let i = 0; i < 3; i++) load(i % 2 === 0); // warm up

  const [on, off, asked]: [number[], number[], number[]] = [[], [], []];
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`documents of ${size} bytes, round ${round} of ${ROUNDS}`);
    off.push(load(false));
    on.push(load(true));
    asked.push(ask());
  }

  db.close();
  rmSync(folder, { recursive: true, force: true });

  const [compared, bare, version1] = [spread(on).median, spread(off).median, spread(asked).median];
  const ratio = compared / bare;

  return {
    what: `load of ${size.toLocaleString('en')} bytes, compared`,
    figure: `${compared.toFixed(1)} µs (at hand: ${version1.toFixed(1)} µs a read)`,
    baseline: `read and parsed ${bare.toFixed(1)} µs`,
    ratio: `${ratio.toFixed(2)}×`,
    floor: '1.5×',
    goal: '1.3×',
    met: verdict(ratio <= 1.5, ratio <= 1.3),
    numbers: { comparedMicros: compared, bareMicros: bare, ratio, dataVersionMicros: version1 },
  };
}

/** Fills a ledger with documents of a given size, similar to those of runs. Returns their keys. */
async function filled(folder: string, size: number): Promise<string[]> {
  const store = new SqliteStore({
    folder,
    clock: systemClock,
    random: systemRandom(),
    walPages: 0,
  });

  const ledger = store.ledger({ name: 'bench.load', bundle: '0'.repeat(64) });
  const keys = Array.from({ length: DOCUMENTS }, (_, i) => `run#bench#bench#${i}`);

  const body = {
    v: 'bench/1',
    values: Object.fromEntries(
      Array.from({ length: size / 40 }, (_, i) => [`field${i}`, `value ${i} of many`]),
    ),
  };

  for (let from = 0; from < keys.length; from += 50) {
    const changes = keys
      .slice(from, from + 50)
      .map((target) => ({ op: 'insert', target, body }) as const);
    const actor = { kind: 'service', id: 'bench.load' } as const;

    await ledger.commit({
      changes,
      entries: [{ workspace: 'bench', actor, action: 'record.import', outcome: 'ok' }],
    });
  }

  store.close();

  return keys;
}
