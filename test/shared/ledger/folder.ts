import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty folder, and how to be rid of it. */
export function newFolder(): { readonly folder: string; readonly discard: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'writ-ledger-'));
  return { folder, discard: () => rmSync(folder, { recursive: true, force: true }) };
}
