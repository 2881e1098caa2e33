import type { Json } from '#shared/kernel/index.ts';
import type { IndexKeys } from '#shared/ledger/index.ts';
import { isReservedWorkspace } from './client-workspace.ts';
import { type GateBody, list, type Run, type TimerBody } from './run.ts';

/** A workspace's document. */
export interface WorkspaceBody {
  readonly v: 'workspace/1';
  readonly name: string;
  /** Small facts that permissions may depend on. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The list in which workspaces can be found, by name. Those of the platform itself are in none. */
export const WORKSPACES = 'workspaces';

/**
 * What documents are found by besides their key, by kind. All others are found by their key alone.
 */
export const indexKeys = {
  run: ({ automation, workspace, startedAt, id }: Run): IndexKeys => ({
    list: { name: list.runs(automation, workspace), sort: `${startedAt} ${id}` },
  }),
  gate: ({ workspace, openedAt, run, gate }: GateBody): IndexKeys => ({
    list: {
      name: list.gates(workspace),
      sort: `${String(openedAt).padStart(15, '0')} ${run} ${gate}`,
    },
  }),
  timer: ({ at }: TimerBody): IndexKeys => ({ dueAt: at }),
  workspace: ({ name }: WorkspaceBody): IndexKeys =>
    isReservedWorkspace(name) ? {} : { list: { name: WORKSPACES, sort: name } },
};

/**
 * What a document of the engine is found by, for whoever checks a store. Nothing for a document of
 * any other kind.
 */
export function engineIndexKeys(target: string, body: Json): IndexKeys {
  const [kind] = target.split('#', 1);
  if (kind === 'run') return indexKeys.run(body as unknown as Run);
  if (kind === 'gate') return indexKeys.gate(body as unknown as GateBody);
  if (kind === 'timer') return indexKeys.timer(body as unknown as TimerBody);
  if (kind === 'workspace') return indexKeys.workspace(body as unknown as WorkspaceBody);
  return {};
}
