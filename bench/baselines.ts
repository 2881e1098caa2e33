import { createCipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { percentile } from './measure.ts';

/**
 * Returns the time the disk takes to make 4 KiB durable, in milliseconds: the median of `n` writes
 * to the same position.
 */
export function syncProbe(folder: string, n = 200): number {
  const file = openSync(join(folder, 'probe'), 'w');
  const page = randomBytes(4_096);
  const times: number[] = [];

  for (let i = 0; i < n; i++) {
    const before = performance.now();
    writeSync(file, page, 0, page.length, 0);
    fdatasyncSync(file);
    times.push(performance.now() - before);
  }

  closeSync(file);

  return percentile(
    times.sort((a, b) => a - b),
    50,
  );
}

/**
 * Returns the number of 600-byte rows per second that SQLite inserts, with 100 rows per transaction
 * in WAL mode and `synchronous = FULL`. On this machine, audit entries cannot be appended faster.
 */
export function rawRowsPerSecond(folder: string, name: string, rows = 20_000): number {
  const db = new DatabaseSync(join(folder, name));

  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, body BLOB) STRICT',
  );

  const insert = db.prepare('INSERT INTO row (body) VALUES (?)');
  const body = randomBytes(600);
  const before = performance.now();

  for (let i = 0; i < rows; i += 100) {
    db.exec('BEGIN');
    for (let j = 0; j < 100; j++) insert.run(body);
    db.exec('COMMIT');
  }

  const seconds = (performance.now() - before) / 1_000;

  db.close();

  return rows / seconds;
}

/**
 * Returns the number of 64-byte values per second that bare AES-256-GCM encrypts with one key and a
 * fresh IV for each value.
 */
export function bareGcmPerSecond(values = 20_000): number {
  const key = createSecretKey(randomBytes(32));
  const plain = randomBytes(64);
  const aad = randomBytes(100);
  const before = performance.now();

  for (let i = 0; i < values; i++) {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12));
    cipher.setAAD(aad);
    Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  return values / ((performance.now() - before) / 1_000);
}
