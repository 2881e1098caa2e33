import { assertName, InvalidInputError } from '#shared/kernel/index.ts';

/** Names of the platform itself: what lies in these belongs to no client. */
const RESERVED: readonly string[] = ['people', 'platform'];

/**
 * Whether only the platform itself may have a workspace of this name. Nobody is let into one: it is
 * in no list.
 */
export const isReservedWorkspace = (name: string): boolean => RESERVED.includes(name);

/**
 * Refuses what is no name of a client's workspace.
 *
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`.
 */
export function assertClientWorkspace(workspace: string): void {
  assertName('workspace', workspace);

  if (isReservedWorkspace(workspace))
    throw new InvalidInputError(
      'workspace.reserved',
      `"${workspace}" is a name of the platform itself; choose another workspace`,
      {
        workspace,
      },
    );
}
