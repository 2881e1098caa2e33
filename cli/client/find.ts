import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Page } from '../api/answers.ts';
import type { Api, PageOf } from '../api/api.ts';
import { allPages } from './all-pages.ts';
import type { WorkspaceOptions } from './options.ts';
import { workspaceFor } from './workspace.ts';

/** Characters of a run's id that are printed. Where two begin alike, whoever gives them is told so. */
const SHOWN = 8;
/** Less of an id would be a guess. */
const LEAST = 4;
/** Pages of a hundred that are looked through for a shortened id: each of them is a request, and an entry. */
const MOST_PAGES = 10;
const MOST_CANDIDATES = 5;

/** A run's id as it is printed: the beginning of its own part. */
export const shortRun = (run: string): string => (run.split('.')[2] ?? run).slice(0, SHOWN);

/** A gate's id as it is printed: the beginning of its run's, and its name. */
export const shortGate = (gate: string): string => `${shortRun(gate)}.${gate.split('.')[3] ?? ''}`;

/**
 * The whole id of a run from what somebody typed: a whole one, or the beginning of one as it is printed.
 *
 * @throws `id.unclear` (refuse): it is not the beginning of one run. Names the candidates. What the API throws.
 */
export async function findRun(api: Api, typed: string, options: WorkspaceOptions): Promise<string> {
  if (isWhole(typed, 3)) return typed;
  const workspace = await beginningOf(api, typed, options);
  const { found, unseenAfter } = await lookThrough(typed, (page) => api.runs({ ...page, workspace }));
  return the(typed, 'run', found, unseenAfter);
}

/**
 * The whole id of a gate from what somebody typed: a whole one, or the beginning of its run's id, with `.` and its name or, where the
 * run waits or waited at one gate only, without.
 *
 * @throws as {@link findRun}.
 */
export async function findGate(api: Api, typed: string, options: WorkspaceOptions): Promise<string> {
  if (isWhole(typed, 4)) return typed;
  const [run = '', name = ''] = typed.split('.');
  // only gates that wait are listed; one that is decided is found through its run
  if (isWhole(typed, 2)) return `${await findRun(api, run, options)}.${name}`;
  const workspace = await beginningOf(api, typed, options);
  const { found } = await lookThrough(typed, (page) => api.gates({ ...page, workspace }));
  return the(typed, 'gate', found.length > 0 ? found : await gatesOf(api, await findRun(api, typed, { ...options, workspace })));
}

/** Where a run waited or waits. */
async function gatesOf(api: Api, run: string): Promise<readonly string[]> {
  return (await api.run(run)).gates.filter(({ state }) => state !== 'passed').map(({ id }) => id);
}

/** Whether it is names, so many of them, joined by dots. */
const isWhole = (typed: string, names: number): boolean =>
  typed.split('.').length === names && typed.split('.').every((name) => /^[a-z0-9][a-z0-9-]*$/.test(name));

async function beginningOf(api: Api, typed: string, options: WorkspaceOptions): Promise<string> {
  if (!/^[0-9a-z]+$/.test(typed) || typed.length < LEAST) {
    throw unclear(typed, `is not an id: give one as it is printed, or at least its first ${LEAST} characters`);
  }
  return workspaceFor(api, options);
}

/** Of a list, those whose run begins with what was typed. @returns besides, after how many it was not looked at any further. */
async function lookThrough(typed: string, list: (of: PageOf) => Promise<Page<{ readonly id: string }>>) {
  let isCut = false;
  const page = async (of: PageOf) => {
    const got = await list(of);
    isCut = got.cursor !== undefined;
    return got;
  };
  const seen = await allPages(page, { most: MOST_PAGES });
  const found = seen.map(({ id }) => id).filter((id) => id.split('.')[2]?.startsWith(typed));
  return { found, unseenAfter: isCut ? seen.length : undefined };
}

function the(typed: string, what: string, found: readonly string[], unseenAfter?: number): string {
  const [only, ...more] = found;
  if (only === undefined && unseenAfter !== undefined)
    throw unclear(typed, `is the beginning of none of the newest ${unseenAfter} ${what}s; there are older ones, which need their whole id`);
  if (only === undefined) throw unclear(typed, `is the beginning of no ${what} that you may see here`);
  if (more.length === 0) return only;
  const shown = found.slice(0, MOST_CANDIDATES).join(', ') + (found.length > MOST_CANDIDATES ? ', …' : '');
  throw unclear(typed, `is the beginning of ${found.length}; give more of one of them: ${shown}`);
}

const unclear = (typed: string, why: string) => new InvalidInputError('id.unclear', `"${typed.slice(0, 64)}" ${why}`);
