import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import type { Random } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';

/**
 * Key file of a data folder. The key and the ledger belong together: neither is created if the
 * other already exists.
 */
export interface EmbeddedKeys {
  /**
   * Returns true if a ledger may be created. Returns false if a key or secrets show that a ledger
   * existed. Creates the key of a new ledger.
   */
  mayMakeLedger(): boolean;
  /**
   * Opens the key. Called after the ledger is created.
   *
   * @throws `keys.file` (stop).
   */
  open(): KeyService;
}

/**
 * Manages the key file of a data folder. The key has a temporary name until the ledger is created.
 * This distinguishes an interrupted first start, which continues, from a folder that lost its key
 * or ledger, which is refused.
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
