import { NAME } from '#shared/kernel/index.ts';
import { documentKind, splitTarget } from '#shared/ledger/index.ts';
import { isReservedWorkspace } from '../client-workspace.ts';

/** A workspace's document. */
export type WorkspaceBody = {
  readonly v: 'workspace/1';
  readonly name: string;
  /** Attributes that permissions may depend on. */
  readonly attributes?: Readonly<Record<string, string>>;
};

/** Name of the list of workspaces, sorted by name. Does not include reserved workspaces. */
export const WORKSPACES = 'workspaces';

/** Key of a workspace's document. */
export const workspaceTarget = (workspace: string) => `workspace#platform#${workspace}#main`;

/** Splits the key of a workspace's document; returns undefined for any other key. */
export function parseWorkspaceTarget(target: string): string | undefined {
  const { automation, workspace = '', id } = splitTarget('workspace', target) ?? {};
  return automation === 'platform' && id === 'main' && NAME.test(workspace) ? workspace : undefined;
}

export const workspaceKind = /* @__PURE__ */ documentKind<WorkspaceBody>({
  v: 'workspace/1',
  members: { name: 'string' },
  index: ({ name }) =>
    isReservedWorkspace(name) ? {} : { list: { name: WORKSPACES, sort: name } },
});
