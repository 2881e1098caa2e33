import type { Actor } from '#shared/audit/index.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import { createWorkspace, type EnginePorts } from '#shared/engine/index.ts';

/** What can be done with workspaces. The only function that may mint a workspace's keys. */
export interface WorkspaceOperations {
  /** @returns false when the workspace was there already. */
  create(workspace: string, actor: Actor): Promise<boolean>;
}

export function connect(
  ports: Pick<EnginePorts, 'ledger'>,
  service: KeyService,
): WorkspaceOperations {
  return { create: (workspace, actor) => createWorkspace(ports, service, workspace, actor) };
}
