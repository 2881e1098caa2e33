import { type Fate, WritError } from '#shared/kernel/index.ts';

/** There is a workspace of that name. It stands as it was. */
export class WorkspaceTakenError extends WritError {
  override readonly name = 'WorkspaceTakenError';
  readonly code = 'workspace.taken';
  readonly fate: Fate = 'refuse';
  constructor(workspace: string) {
    super(`there is a workspace ${workspace} already; choose another name`, { workspace });
  }
}
