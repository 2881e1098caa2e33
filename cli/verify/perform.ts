import { checkTrail, type StoredEntry, type TrailReport } from '#shared/audit/index.ts';
import { engineIndexKeys } from '#shared/engine/index.ts';
import { directoryIndexKeys } from '#shared/identity/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import {
  type IndexKeysOf,
  openTrailFile,
  type TrailFile,
} from '#shared/ledger/adapters/sqlite/trail-file.ts';
import type { CommandContext } from '../command/command.ts';
import { CommandExit } from '../command/command-exit.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { type EntriesCheck, entriesCheck, KINDS } from './entries.ts';

export interface VerifyOptions {
  readonly data: string;
  readonly json?: true;
}

/**
 * Maximum number of problems printed without `--json`, because one change may cause many problems.
 */
const MAX_PRINTED = 20;
/** Number of entries between progress reports. */
const STRIDE = 500;

/**
 * Checks the trail of a data folder and prints the result. Exits with code 1 if there are problems.
 *
 * @throws `ledger.corrupt`, `ledger.stopped` (stop): the folder cannot be checked.
 *   `ledger.unavailable` (retry): a platform was started on the folder during the check.
 */
export async function performVerify(
  { data, json }: VerifyOptions,
  { out, err }: CommandContext,
): Promise<void> {
  const file = openTrailFile(data);
  try {
    const entries = entriesCheck();
    const checked = await check(file, entries, err);
    const problems = [
      ...file.damages(foundBy),
      ...checked.problems.map(({ message }) => message),
      ...entries.problems(),
    ];

    file.assertStill();

    const { problems: _, ...counts } = checked;
    if (json) out.raw(jsonText({ data, ...counts, problems }));
    else print(out, data, checked, problems);

    if (problems.length > 0) throw new CommandExit(1);
  } finally {
    file.close();
  }
}

const foundBy: IndexKeysOf = (target, body) => ({
  ...engineIndexKeys(target, body),
  ...directoryIndexKeys(target, body),
});

/** Checks entries and documents. Reports a problem if only part of the file can be read. */
async function check(file: TrailFile, entries: EntriesCheck, err: Page): Promise<TrailReport> {
  try {
    const report = await checkTrail(counted(file, err), file.standing(), entries.onEntry);
    for (const document of file.documents(KINDS)) entries.onDocument(document);
    return report;
  } catch (error) {
    if (!isWritError(error, 'ledger.corrupt')) throw error;
    const problems = [
      { code: 'entry-invalid', message: `the trail cannot be read to its end: ${error.message}` },
    ] as const;
    return { entries: 0, writers: 0, documents: 0, bytes: 0, problems };
  }
}

async function* counted(file: TrailFile, err: Page): AsyncGenerator<StoredEntry> {
  let done = 0;
  for await (const entry of file.all()) {
    yield entry;
    done++;
    if (done % STRIDE === 0 || done === file.entries) err.progress('checked', done, file.entries);
  }
}

function print(out: Page, data: string, report: TrailReport, problems: readonly string[]): void {
  out.heading(`The trail of ${data}`);
  out.row('entries', String(report.entries));
  out.row('writers', String(report.writers));
  out.row('documents', String(report.documents));

  if (problems.length === 0) {
    out.line('No gaps found, and documents and decisions match the trail.', { style: 'green' });
    out.line(
      'Some changes cannot be found, such as a document changed with its entry: see --help.',
      {
        style: 'dim',
      },
    );

    return;
  }

  out.line(`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}:`, {
    style: 'red',
  });
  for (const problem of problems.slice(0, MAX_PRINTED)) out.line(problem, { deep: 2 });

  if (problems.length > MAX_PRINTED)
    out.line(`… and ${problems.length - MAX_PRINTED} more: use --json`, { deep: 2 });
}
