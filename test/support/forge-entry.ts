import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredEntry } from '#shared/audit/index.ts';

/**
 * Puts bytes where an entry could be into the ledger of a data folder, past the store that works on
 * it.
 */
export function forgeEntry(
  folder: string,
  { writer, n, bytes }: StoredEntry,
  run: string | null,
  time: number,
): void {
  const db = new DatabaseSync(join(folder, 'ledger.db'));
  try {
    db.prepare('INSERT INTO writer (name) VALUES (?) ON CONFLICT DO NOTHING').run(writer);
    const row =
      'INSERT INTO trail (writer, n, time, run, entry) SELECT id, ?, ?, ?, ? FROM writer WHERE name = ?';
    db.prepare(row).run(n, time, run, bytes, writer);
  } finally {
    db.close();
  }
}
