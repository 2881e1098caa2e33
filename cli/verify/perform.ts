import { checkTrail, type StoredEntry, type TrailReport } from '#shared/audit/index.ts';
import { engineIndexKeys } from '#shared/engine/index.ts';
import { directoryIndexKeys } from '#shared/identity/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { type FoundBy, openTrailFile, type TrailFile } from '#shared/ledger/adapters/sqlite/trail-file.ts';
import type { Surroundings } from '../command/command.ts';
import { Ended } from '../command/ended.ts';
import type { Page } from '../command/page.ts';
import { jsonText } from '../command/visible.ts';
import { type DecisionsCheck, decisionsCheck } from './decisions.ts';
import type { VerifyOptions } from './verify.ts';

/** Problems that are told one by one; one change may show in many. */
const MOST_TOLD = 20;
/** Entries between two words of progress. */
const STRIDE = 500;

/**
 * Checks the trail of a data folder and says what came of it. Ends with exit code 1 when something is wrong.
 *
 * @throws `ledger.corrupt`, `ledger.stopped` (stop): there is nothing that could be checked.
 */
export async function performVerify({ data, json }: VerifyOptions, { out, err }: Surroundings): Promise<void> {
  const file = openTrailFile(data);
  try {
    const decisions = decisionsCheck();
    const checked = await check(file, decisions, err);
    const damages = file.damages((target, body) => {
      decisions.see(target, body);
      return foundBy(target, body);
    });
    const problems = [...damages, ...checked.problems.map(({ message }) => message), ...decisions.problems];
    const { entries, writers, documents, bytes } = checked;
    if (json) out.raw(jsonText({ data, entries, writers, documents, bytes, problems }));
    else tell(out, data, checked, problems);
    if (problems.length > 0) throw new Ended(1);
  } finally {
    file.close();
  }
}

const foundBy: FoundBy = (target, body) => ({ ...engineIndexKeys(target, body), ...directoryIndexKeys(target, body) });

/** A file that can be read only in part was not checked: that is its problem, with those of its pages. */
async function check(file: TrailFile, decisions: DecisionsCheck, err: Page): Promise<TrailReport> {
  try {
    return await checkTrail(counted(file, err), file.standing(), decisions.hear);
  } catch (error) {
    if (!isWritError(error, 'ledger.corrupt')) throw error;
    const problems = [{ code: 'entry-invalid', message: `the trail cannot be read to its end: ${error.message}` }] as const;
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
    out.line('Not found are words of an entry that were changed into others: see --help.', { style: 'dim' });
    return;
  }
  out.line(`${problems.length} ${problems.length === 1 ? 'thing is' : 'things are'} wrong:`, { style: 'red' });
  for (const problem of problems.slice(0, MOST_TOLD)) out.line(problem, { deep: 2 });
  if (problems.length > MOST_TOLD) out.line(`… and ${problems.length - MOST_TOLD} more; --json tells all`, { deep: 2 });
}
