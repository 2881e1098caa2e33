import { assertName, InvalidInputError } from '#shared/kernel/index.ts';

/** Workspaces of the platform itself. They do not contain client data. */
const RESERVED: readonly string[] = ['people', 'platform'];

/**
 * Tests whether a name is reserved for a workspace of the platform itself. Such a workspace does
 * not appear in lists, and people cannot be granted access to it.
 */
export const isReservedWorkspace = (name: string): boolean => RESERVED.includes(name);

/**
 * Validates the name of a client's workspace.
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
