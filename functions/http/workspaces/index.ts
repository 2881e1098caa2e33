import { type HttpFunction, httpFunction } from '../../middleware/http-function.ts';
import type { WorkspacesPorts } from '../../middleware/http-ports.ts';
import { createWorkspace } from './create-workspace.ts';
import { getWorkspace, listWorkspaces } from './workspaces.ts';

/**
 * The function of workspaces: shows them, and makes them with their keys. The build takes it as it
 * is.
 */
export const http: HttpFunction<WorkspacesPorts> = httpFunction<WorkspacesPorts>([
  listWorkspaces(),
  getWorkspace(),
  createWorkspace(),
]);
