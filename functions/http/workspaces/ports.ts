import type { KeyService } from '#shared/crypto/index.ts';
import type { HttpPorts } from '../../framework/http/ports.ts';

/** Ports of the function `workspaces`, which also creates workspace keys. */
export interface WorkspacesPorts extends HttpPorts {
  readonly keyService: KeyService;
}
