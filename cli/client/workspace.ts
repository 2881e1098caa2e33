import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Api } from '../api/api.ts';
import type { WorkspaceOptions } from './options.ts';

/** Names that an error lists. */
const MOST_NAMES = 10;

/**
 * The workspace a command is about: the one that was named, else the only one that the person is
 * let into.
 *
 * @throws `workspace.unclear` (refuse): there is none or there are several. It names them.
 */
export async function workspaceFor(api: Api, { workspace }: WorkspaceOptions): Promise<string> {
  if (workspace !== undefined) return workspace;

  const { id, workspaces } = await api.me();
  const names =
    workspaces === '*' ? (await api.workspaces({})).items.map(({ name }) => name) : workspaces;
  const [only, ...more] = names;
  if (only !== undefined && more.length === 0) return only;

  const listed =
    names.length === 0
      ? 'none'
      : names.slice(0, MOST_NAMES).join(', ') + (names.length > MOST_NAMES ? ', …' : '');

  throw new InvalidInputError(
    'workspace.unclear',
    `say with --workspace which workspace is meant; ${id} is let into: ${listed}`,
    {
      workspaces: names.length,
    },
  );
}
