import type { WorkspacesPorts } from '../workspaces/ports.ts';

/** Ports of the function `people`. */
export interface PeoplePorts extends WorkspacesPorts {
  /** Subject of the first admin at the environment's issuer, as configured in the deployment. */
  readonly firstAdmin?: string;
}
