import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '#shared/audit/index.ts';
import { identityFor } from './connect.ts';
import type { ClientOptions } from './options.ts';
import { writePrivateFile } from './private-file.ts';

/** File of a data folder with the gates that `writ gate` showed: person, gate and `seen` value. */
const FILE = 'seen-gates.json';
/** Newest rows that are kept. Older gates have to be looked at again. */
const MAX_ROWS = 200;

const fileSchema = z.strictObject({
  v: z.literal('seen-gates/1'),
  /** Oldest first. */
  gates: z.array(z.strictObject({ by: z.string(), gate: z.string(), seen: z.string() })),
});
type Row = z.output<typeof fileSchema>['gates'][number];

/**
 * Stores which version of a gate the caller was shown, in a file readable for its owner only.
 *
 * @throws `session.folder` (refuse): the folder is not writable.
 */
export function storeShownVersion(options: ClientOptions, gate: string, seen: string): void {
  const by = personKey(options);
  const others = read(options.data).filter((row) => row.by !== by || row.gate !== gate);
  const gates = [...others, { by, gate, seen }].slice(-MAX_ROWS);
  writePrivateFile(options.data, join(options.data, FILE), { v: 'seen-gates/1', gates });
}

/**
 * Returns the `seen` value of the gate as last shown to the caller. Undefined if it was not shown,
 * or the file is unreadable.
 */
export function readShownVersion(options: ClientOptions, gate: string): string | undefined {
  const by = personKey(options);
  return read(options.data).find((row) => row.by === by && row.gate === gate)?.seen;
}

/** Identifies the caller in the file: what a gate shows depends on the person's roles. */
function personKey(options: ClientOptions): string {
  const identity = identityFor(options);
  return 'person' in identity
    ? `person ${identity.person}`
    : `token of ${sha256(Buffer.from(accountOf(identity.token)))}`;
}

/**
 * Reads issuer and subject from a token without verifying it: the file is private, and the account
 * only separates its rows. Falls back to the token itself.
 */
function accountOf(token: string): string {
  try {
    const { iss, sub } = JSON.parse(
      Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
    ) as Record<string, unknown>;
    return typeof iss === 'string' && typeof sub === 'string' ? JSON.stringify([iss, sub]) : token;
  } catch {
    return token;
  }
}

function read(folder: string): readonly Row[] {
  try {
    return fileSchema.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).gates;
  } catch {
    return [];
  }
}
