import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import type { Random } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';

/**
 * The key file of a data folder. It belongs to the ledger: neither is made anew while the other is
 * there.
 */
export interface EmbeddedKeys {
  /**
   * Whether a ledger may be made: not when a key or secrets say that there was one. Makes the key
   * of a new one.
   */
  mayMakeLedger(): boolean;
  /** Opens the key, once the ledger is there. @throws `keys.file` (stop). */
  open(): KeyService;
}

/**
 * Until the ledger is made, the key has another name. So a start that was cut off is told from a
 * folder that lost one of the two: the first is gone on with, the second is refused.
 */
export function keysOf(folder: string, random: Random): EmbeddedKeys {
  const [key, next, secrets] = ['root.key', 'root.key.new', 'secrets.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  return {
    mayMakeLedger() {
      if (existsSync(key) || existsSync(secrets)) return false;
      if (!SqliteStore.exists(folder) && !existsSync(next)) createKeyFile(next, random);
      return true;
    },
    open() {
      if (!existsSync(key) && existsSync(next)) renameSync(next, key);
      return openKeyFile(key, random);
    },
  };
}
