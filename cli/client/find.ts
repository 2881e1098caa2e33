import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Page } from '../api/answers.ts';
import type { Api, PageOf } from '../api/api.ts';
import { allPages } from './all-pages.ts';
import type { WorkspaceOptions } from './options.ts';
import { type Reference, readReference } from './reference.ts';
import { workspaceFor } from './workspace.ts';

/**
 * Characters of a run's id that are printed. Where two begin alike, whoever gives them is told so.
 */
const SHOWN = 8;
/** Less of an id would be a guess. */
const LEAST = 4;
/**
 * Pages of a hundred that are looked through for a shortened id: each of them is a request, and an
 * entry.
 */
const MOST_PAGES = 10;
const MOST_CANDIDATES = 5;

/** A run's id as it is printed: the beginning of its own part. */
export const shortRun = (run: string): string => (run.split('.')[2] ?? run).slice(0, SHOWN);

/** A gate's id as it is printed: the beginning of its run's, and its name. */
export const shortGate = (gate: string): string => `${shortRun(gate)}.${gate.split('.')[3] ?? ''}`;

/**
 * The whole id of a run from what somebody typed: the id of the run or of a gate of it, in any form
 * in which one is printed.
 *
 * @throws `id.unclear` (refuse): it is not the id of one run. Names the candidates. What the API
 *   throws.
 */
export async function findRun(api: Api, typed: string, options: WorkspaceOptions): Promise<string> {
  return runOf(api, referenceOf(typed), typed, options);
}

/**
 * The whole id of a gate from what somebody typed: its id in any form in which one is printed or,
 * where the run waits or waited at one gate only, that of the run.
 *
 * @throws as {@link findRun}.
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
  // only gates that wait are listed; one that is decided is found through its run
  const { found } = await lookThrough(reference.run, (page) => api.gates({ ...page, workspace }));
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
  const { found, unseenAfter } = await lookThrough(run, (page) => api.runs({ ...page, workspace }));
  return resolveOne(typed, 'run', found, unseenAfter);
}

/** Where a run waited or waits. */
async function gatesOf(api: Api, run: string): Promise<readonly string[]> {
  return (await api.run(run)).gates.filter(({ state }) => state !== 'passed').map(({ id }) => id);
}

function referenceOf(typed: string): Reference {
  const reference = readReference(typed);
  if (
    reference !== undefined &&
    (reference.automation !== undefined || reference.run.length >= LEAST)
  )
    return reference;

  throw unclear(
    typed,
    `is not an id: give one as it is printed, or at least its first ${LEAST} characters`,
  );
}

/**
 * Of a list, those whose run begins so. @returns besides, after how many it was not looked at any
 * further.
 */
async function lookThrough(
  run: string,
  list: (of: PageOf) => Promise<Page<{ readonly id: string }>>,
) {
  let isCut = false;
  const page = async (of: PageOf) => {
    const got = await list(of);
    isCut = got.cursor !== undefined;
    return got;
  };

  const seen = await allPages(page, { most: MOST_PAGES });
  const found = seen.map(({ id }) => id).filter((id) => id.split('.')[2]?.startsWith(run));

  return { found, unseenAfter: isCut ? seen.length : undefined };
}

function resolveOne(
  typed: string,
  what: string,
  found: readonly string[],
  unseenAfter?: number,
): string {
  const [only, ...more] = found;
  if (only === undefined && unseenAfter !== undefined)
    throw unclear(
      typed,
      `is the beginning of none of the newest ${unseenAfter} ${what}s; there are older ones, which need their whole id`,
    );
  if (only === undefined)
    throw unclear(typed, `is the beginning of no ${what} that you may see here`);
  if (more.length === 0) return only;

  const shown =
    found.slice(0, MOST_CANDIDATES).join(', ') + (found.length > MOST_CANDIDATES ? ', …' : '');

  throw unclear(typed, `is the beginning of ${found.length}; give more of one of them: ${shown}`);
}

const unclear = (typed: string, why: string) =>
  new InvalidInputError('id.unclear', `"${typed.slice(0, 64)}" ${why}`);
