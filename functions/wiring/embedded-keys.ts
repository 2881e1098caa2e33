import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import type { Random } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';

/**
 * Key file of a data folder. Key and ledger belong together: neither is created while the other
 * exists.
 */
export interface EmbeddedKeys {
  /**
   * Reports whether a ledger may be created: not when a key or secrets show that one existed.
   * Creates the key of a new ledger.
   */
  mayMakeLedger(): boolean;
  /**
   * Opens the key after the ledger was created.
   *
   * @throws `keys.file` (stop).
   */
  open(): KeyService;
}

/**
 * Manages the key file of a data folder. The key has a temporary name until the ledger is created.
 * That distinguishes an interrupted first start, which continues, from a folder that lost key or
 * ledger, which is refused.
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
