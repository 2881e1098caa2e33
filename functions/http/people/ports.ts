import type { WorkspacesPorts } from '../workspaces/ports.ts';

/** Ports of the function `people`. */
export interface PeoplePorts extends WorkspacesPorts {
  /** Subject, at the environment's issuer, that the deployment names as the first admin. */
  readonly firstAdmin?: string;
}
