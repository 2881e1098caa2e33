import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '#shared/audit/index.ts';
import { identityFor } from './connect.ts';
import type { ClientOptions } from './options.ts';
import { writePrivateFile } from './private-file.ts';

/** File in a data folder with the gates that `writ gate` showed: person, gate and `seen` value. */
const FILE = 'seen-gates.json';
/**
 * Maximum number of rows; the oldest rows are removed. Their gates must be shown again before a
 * decision.
 */
const MAX_ROWS = 200;

const fileSchema = z.strictObject({
  v: z.literal('seen-gates/1'),
  /** Oldest first. */
  gates: z.array(z.strictObject({ by: z.string(), gate: z.string(), seen: z.string() })),
});
type Row = z.output<typeof fileSchema>['gates'][number];

/**
 * Stores the version of a gate that was shown to the caller, in a file that only its owner can
 * read.
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
 * Returns the `seen` value of the version that was last shown to the caller. Undefined if the gate
 * was not shown or the file is unreadable.
 */
export function readShownVersion(options: ClientOptions, gate: string): string | undefined {
  const by = personKey(options);
  return read(options.data).find((row) => row.by === by && row.gate === gate)?.seen;
}

/**
 * Returns the caller's key in the file. Rows are kept per person, because the content of a gate
 * depends on the person's roles.
 */
function personKey(options: ClientOptions): string {
  const identity = identityFor(options);
  return 'person' in identity
    ? `person ${identity.person}`
    : `token of ${sha256(Buffer.from(accountOf(identity.token)))}`;
}

/**
 * Returns the issuer and subject of a token, or the token itself if they cannot be read. The token
 * need not be verified, because the file is private and the account only separates its rows.
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
