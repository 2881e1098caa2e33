import type { StoredEntry } from '#shared/audit/index.ts';
import { TRAIL_PAGE_MAX, type TrailPage, type TrailReader } from './ports.ts';

/**
 * Reads all entries of a run, in the order of {@link TrailReader.ofRun}. Use it only for runs that
 * are known to be short.
 */
export async function entriesOfRun(
  trail: Pick<TrailReader, 'ofRun'>,
  run: string,
): Promise<StoredEntry[]> {
  const entries: StoredEntry[] = [];
  let page: TrailPage | undefined;

  do {
    page = await trail.ofRun(run, { after: page?.next, limit: TRAIL_PAGE_MAX });
    entries.push(...page.entries);
  } while (page.next !== undefined);

  return entries;
}
