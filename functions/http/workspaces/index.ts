import { type HttpFunction, httpFunction } from '../../framework/http/function.ts';
import { createWorkspace } from './create-workspace.ts';
import type { WorkspacesPorts } from './ports.ts';
import { getWorkspace, listWorkspaces } from './workspaces.ts';

/** Function `workspaces`: lists workspaces and creates them with their keys. */
export const http: HttpFunction<WorkspacesPorts> = httpFunction<WorkspacesPorts>([
  listWorkspaces(),
  getWorkspace(),
  createWorkspace(),
]);
