import { checkTrail, type StoredEntry, type TrailReport } from '#shared/audit/index.ts';
import { engineIndexKeys } from '#shared/engine/index.ts';
import { directoryIndexKeys } from '#shared/identity/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import {
  type IndexKeysOf,
  openTrailFile,
  type TrailFile,
} from '#shared/ledger/adapters/sqlite/trail-file.ts';
import type { Surroundings } from '../command/command.ts';
import { Ended } from '../command/ended.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { type EntriesCheck, entriesCheck, KINDS } from './entries.ts';
import type { VerifyOptions } from './verify.ts';

/** Problems that are told one by one; one change may show in many. */
const MOST_TOLD = 20;
/** Entries between two words of progress. */
const STRIDE = 500;

/**
 * Checks the trail of a data folder and says what came of it. Ends with exit code 1 when something
 * is wrong.
 *
 * @throws `ledger.corrupt`, `ledger.stopped` (stop): there is nothing that could be checked.
 *   `ledger.unavailable` (retry): a platform was started on it meanwhile.
 */
export async function performVerify(
  { data, json }: VerifyOptions,
  { out, err }: Surroundings,
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
    else tell(out, data, checked, problems);

    if (problems.length > 0) throw new Ended(1);
  } finally {
    file.close();
  }
}

const foundBy: IndexKeysOf = (target, body) => ({
  ...engineIndexKeys(target, body),
  ...directoryIndexKeys(target, body),
});

/**
 * A file that can be read only in part was not checked: that is its problem, with those of its
 * pages.
 */
async function check(file: TrailFile, entries: EntriesCheck, err: Page): Promise<TrailReport> {
  try {
    const report = await checkTrail(counted(file, err), file.standing(), entries.hear);
    for (const document of file.documents(KINDS)) entries.see(document);
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

function tell(out: Page, data: string, report: TrailReport, problems: readonly string[]): void {
  out.heading(`The trail of ${data}`);
  out.row('entries', String(report.entries));
  out.row('writers', String(report.writers));
  out.row('documents', String(report.documents));

  if (problems.length === 0) {
    out.line('No gap, and every document and decision is as the trail tells.', { style: 'green' });
    out.line(
      'Not found are documents that were changed together with their entries, and changed words: see --help.',
      { style: 'dim' },
    );

    return;
  }

  out.line(`${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong:`, {
    style: 'red',
  });
  for (const problem of problems.slice(0, MOST_TOLD)) out.line(problem, { deep: 2 });

  if (problems.length > MOST_TOLD)
    out.line(`… and ${problems.length - MOST_TOLD} more; --json tells all`, { deep: 2 });
}
