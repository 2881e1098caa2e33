import { InvalidInputError } from '#shared/kernel/index.ts';
import type { Api } from '../api/api.ts';
import type { WorkspaceOptions } from './options.ts';

/** Maximum number of names that an error lists. */
const MAX_NAMES = 10;

/**
 * Returns the workspace named in the options or, without that option, the only workspace that the
 * person has access to.
 *
 * @throws `workspace.unclear` (refuse): the person has access to no workspace or to several.
 */
export async function workspaceFor(api: Api, { workspace }: WorkspaceOptions): Promise<string> {
  if (workspace !== undefined) return workspace;

  const { id, workspaces } = await api.me();
  const names =
    workspaces === '*' ? (await api.workspaces({})).items.map(({ name }) => name) : workspaces;
  const [first, ...others] = names;
  if (first !== undefined && others.length === 0) return first;

  if (first === undefined)
    throw new InvalidInputError(
      'workspace.unclear',
      `${id} has access to no workspace`,
      { workspaces: 0 },
      { help: 'ask an admin for access, or use another person with --as' },
    );

  const listed = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ', …' : '');

  throw new InvalidInputError(
    'workspace.unclear',
    `${id} has access to several workspaces: ${listed}`,
    { workspaces: names.length },
    { help: 'name one of them with --workspace' },
  );
}
