import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keysOf } from '#functions/wiring/embedded-keys.ts';
import { seededRandom, systemClock } from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-keys-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const has = (name: string) => existsSync(join(folder, name));

/** A start, as far as ledger and key; cut off before the key has its name, or not. */
function start({ cutOff = false } = {}): void {
  const random = seededRandom('keys');
  const keys = keysOf(folder, random);

  const store = new SqliteStore({
    folder,
    clock: systemClock,
    random,
    walPages: 0,
    mayMake: keys.mayMakeLedger,
  });

  try {
    if (!cutOff) keys.open();
  } finally {
    store.close();
  }
}

describe('a data folder', () => {
  it('gets a key with its ledger, and is opened again with both', () => {
    start();
    start();
    expect(['root.key', 'root.key.new', 'ledger.db'].map(has)).toEqual([true, false, true]);
  });

  it.each([[[]], [['ledger.db']]])(
    'is gone on with after a start that was cut off, without %j',
    (lost) => {
      start({ cutOff: true });
      for (const name of lost) rmSync(join(folder, name));
      start();
      expect(['root.key', 'root.key.new', 'ledger.db'].map(has)).toEqual([true, false, true]);
    },
  );

  it.each(['root.key', 'secrets.json'])(
    'that has %s and no ledger is refused, and none is made',
    (name) => {
      start();
      rmSync(join(folder, 'ledger.db'));
      rmSync(join(folder, 'root.key'));
      writeFileSync(join(folder, name), 'of a ledger');
      expect(() => start()).toThrow(expect.objectContaining({ code: 'ledger.corrupt' }));
      expect(has('ledger.db')).toBe(false);
    },
  );

  it('that has a key and an empty database is refused', () => {
    start();
    writeFileSync(join(folder, 'ledger.db'), '');
    expect(() => start()).toThrow(/its ledger is lost/);
  });

  it('that has a ledger and no key is refused, and no key is made', () => {
    start();
    rmSync(join(folder, 'root.key'));
    expect(() => start()).toThrow(expect.objectContaining({ code: 'keys.file' }));
    expect(['root.key', 'root.key.new'].map(has)).toEqual([false, false]);
  });
});
