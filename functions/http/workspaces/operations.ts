import type { Actor } from '#shared/audit/index.ts';
import type { KeyService } from '#shared/crypto/index.ts';
import { createWorkspace, type EnginePorts } from '#shared/engine/index.ts';

/** Operations on workspaces. Only this function may create the keys of a workspace. */
export interface WorkspaceOperations {
  /** @returns false when the workspace already existed. */
  create(workspace: string, actor: Actor): Promise<boolean>;
}

export function connect(
  ports: Pick<EnginePorts, 'ledger'>,
  service: KeyService,
): WorkspaceOperations {
  return {
    create: (workspace, actor) => createWorkspace(ports, { keyService: service, workspace, actor }),
  };
}
