import { type Fate, WritError } from '#shared/kernel/index.ts';

/** Thrown when a workspace with that name already exists. The existing workspace is unchanged. */
export class WorkspaceTakenError extends WritError {
  override readonly name = 'WorkspaceTakenError';
  readonly code = 'workspace.taken';
  readonly fate: Fate = 'refuse';
  constructor(workspace: string) {
    super(`workspace ${workspace} already exists; choose another name`, { workspace });
  }
}
