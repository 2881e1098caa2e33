import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Changes the file of a data folder as its owner can: without the triggers of the trail, which are
 * put back as they were.
 */
export function unguarded(folder: string, change: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(join(folder, 'ledger.db'));
  try {
    const triggers = db.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").all();
    for (const { name } of triggers) db.exec(`DROP TRIGGER ${name}`);
    change(db);
    for (const { sql } of triggers) db.exec(String(sql));
  } finally {
    db.close();
  }
}
