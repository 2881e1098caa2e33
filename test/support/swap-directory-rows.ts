import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * What whoever owns the file of a folder can do to it: the two rows of the directory whose keys
 * begin so stand under each other's key. Nobody may have the ledger open: it would not see it.
 */
export function swapDirectoryRows(folder: string, beginning: string): void {
  const db = new DatabaseSync(join(folder, 'ledger.db'));
  const keys = db
    .prepare("SELECT target FROM document WHERE target LIKE ? || '%' ORDER BY target")
    .all(beginning);
  const [one, other] = keys.map(({ target }) => String(target));
  if (keys.length !== 2 || one === undefined || other === undefined)
    throw new Error(`${keys.length} rows begin with ${beginning}`);

  const move = db.prepare('UPDATE document SET target = ? WHERE target = ?');

  move.run('between', one);
  move.run(one, other);
  move.run(other, 'between');
  db.close();
}
