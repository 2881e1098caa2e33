import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Page } from '../api/answers.ts';
import type { Api, PageOf } from '../api/api.ts';
import { allPages } from './all-pages.ts';
import type { WorkspaceOptions } from './options.ts';
import { type Reference, readReference } from './reference.ts';
import { workspaceFor } from './workspace.ts';

/** Number of characters that are printed of a run's id. */
const SHORT_LENGTH = 8;
/** Minimum number of characters in a shortened id. */
const MIN_LENGTH = 4;
/**
 * Maximum number of pages of 100 items that are searched for a shortened id. Each page is a request
 * and causes an audit entry.
 */
const MAX_PAGES = 10;
/** Maximum number of candidates that an error lists. */
const MAX_CANDIDATES = 5;

/** Shortens a run's id for printing: the first characters of its random part. */
export const shortRun = (run: string): string => (run.split('.')[2] ?? run).slice(0, SHORT_LENGTH);

/** Shortens a gate's id for printing: its shortened run id and its name. */
export const shortGate = (gate: string): string => `${shortRun(gate)}.${gate.split('.')[3] ?? ''}`;

/**
 * Finds the full id of a run.
 *
 * @param typed - Id of the run or of one of its gates, in any form that Writ prints.
 * @throws `id.unclear` (refuse): no run matches, or several runs match; the message lists them.
 *   Also errors of the API.
 */
export async function findRun(api: Api, typed: string, options: WorkspaceOptions): Promise<string> {
  return runOf(api, referenceOf(typed), typed, options);
}

/**
 * Finds the full id of a gate.
 *
 * @param typed - Id of the gate in any form that Writ prints, or the id of its run if the run has
 *   stopped at only one gate.
 * @throws errors of {@link findRun}.
 */
export async function findGate(
  api: Api,
  typed: string,
  options: WorkspaceOptions,
): Promise<string> {
  const reference = referenceOf(typed);
  if (reference.gate !== undefined)
    return `${await runOf(api, reference, typed, options)}.${reference.gate}`;
  if (reference.automation !== undefined)
    return resolveOne(
      typed,
      'gate',
      await gatesOf(api, await runOf(api, reference, typed, options)),
    );

  const workspace = await workspaceFor(api, options);
  // the list has only waiting gates; a decided gate is found through its run
  const { found } = await search(reference.run, (page) => api.gates({ ...page, workspace }));
  if (found.length > 0) return resolveOne(typed, 'gate', found);

  return resolveOne(
    typed,
    'gate',
    await gatesOf(api, await runOf(api, reference, typed, { ...options, workspace })),
  );
}

async function runOf(
  api: Api,
  reference: Reference,
  typed: string,
  options: WorkspaceOptions,
): Promise<string> {
  const { automation, run, workspace = await workspaceFor(api, options) } = reference;
  if (automation !== undefined) return `${workspace}.${automation}.${run}`;
  const { found, limit } = await search(run, (page) => api.runs({ ...page, workspace }));
  return resolveOne(typed, 'run', found, limit);
}

/** Lists the gates at which a run has stopped. */
async function gatesOf(api: Api, run: string): Promise<readonly string[]> {
  return (await api.run(run)).gates.filter(({ state }) => state !== 'passed').map(({ id }) => id);
}

function referenceOf(typed: string): Reference {
  const reference = readReference(typed);
  if (
    reference !== undefined &&
    (reference.automation !== undefined || reference.run.length >= MIN_LENGTH)
  )
    return reference;

  throw unclear(
    `"${shortened(typed)}" is not an id of a run or gate`,
    `use an id that Writ prints, or at least its first ${MIN_LENGTH} characters`,
  );
}

/**
 * Searches a list of runs or gates for items whose run id starts with `run`.
 *
 * @returns the matching ids, and the number of searched items if the list has more items.
 */
async function search(
  run: string,
  list: (of: PageOf) => Promise<Page<{ readonly id: string }>>,
): Promise<{ readonly found: readonly string[]; readonly limit: number | undefined }> {
  let hasMore = false;
  const page = async (of: PageOf) => {
    const items = await list(of);
    hasMore = items.cursor !== undefined;
    return items;
  };

  const searched = await allPages(page, { maxPages: MAX_PAGES });
  const found = searched.map(({ id }) => id).filter((id) => id.split('.')[2]?.startsWith(run));

  return { found, limit: hasMore ? searched.length : undefined };
}

function resolveOne(
  typed: string,
  what: 'run' | 'gate',
  found: readonly string[],
  limit?: number,
): string {
  const [match, ...others] = found;
  const start = shortened(typed);

  if (match === undefined && limit !== undefined)
    throw unclear(
      `no ${what} among the newest ${limit.toLocaleString('en-US')} starts with "${start}"; use the full id for older ${what}s`,
    );

  if (match === undefined)
    throw unclear(
      `no ${what} that you may see starts with "${start}"`,
      `run "npx writ ${what}s" to list the ${what}s of the workspace`,
    );

  if (others.length === 0) return match;

  const candidates =
    found.slice(0, MAX_CANDIDATES).join(', ') + (found.length > MAX_CANDIDATES ? ', …' : '');

  throw unclear(
    `${found.length} ${what}s start with "${start}": ${candidates}`,
    'type more characters of one of them',
  );
}

const shortened = (typed: string) => typed.slice(0, 64);

const unclear = (message: string, help?: string) =>
  new InvalidInputError('id.unclear', message, {}, { help });
