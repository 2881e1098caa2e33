import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { createWorkspace } from './create-workspace.ts';
import type { WorkspacesPorts } from './ports.ts';
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
