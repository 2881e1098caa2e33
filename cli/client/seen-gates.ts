import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { sha256 } from '#shared/audit/index.ts';
import { whoFor } from './connect.ts';
import { keepFile } from './kept-file.ts';
import type { ClientOptions } from './options.ts';

/** What `writ gate` showed, of a data folder: who saw which gate, and `seen` of it. */
const FILE = 'seen-gates.json';
/** Beyond so many the oldest are forgotten, and have to be looked at again. */
const MOST = 200;

const form = z.strictObject({
  v: z.literal('seen-gates/1'),
  /** Oldest first. */
  gates: z.array(z.strictObject({ by: z.string(), gate: z.string(), seen: z.string() })),
});
type Row = z.output<typeof form>['gates'][number];

/**
 * Remembers what a gate was shown as, in a file that its owner alone can read. @throws
 * `session.folder` (refuse).
 */
export function rememberSeen(options: ClientOptions, gate: string, seen: string): void {
  const by = looker(options);
  const others = read(options.data).filter((row) => row.by !== by || row.gate !== gate);
  const gates = [...others, { by, gate, seen }].slice(-MOST);
  keepFile(options.data, join(options.data, FILE), { v: 'seen-gates/1', gates });
}

/**
 * What the gate was last shown as to whom this command is for; undefined when it was not, or the
 * file is not ours.
 */
export function seenBefore(options: ClientOptions, gate: string): string | undefined {
  const by = looker(options);
  return read(options.data).find((row) => row.by === by && row.gate === gate)?.seen;
}

/** What people are shown depends on their roles, so one has not seen what another has. */
function looker(options: ClientOptions): string {
  const who = whoFor(options);
  return 'person' in who
    ? `person ${who.person}`
    : `token of ${sha256(Buffer.from(accountOf(who.token)))}`;
}

/**
 * Whose token it is, as it says itself, which is enough to tell people apart in a file of one's
 * own; else the token.
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
    return form.parse(JSON.parse(readFileSync(join(folder, FILE), 'utf8'))).gates;
  } catch {
    return [];
  }
}
