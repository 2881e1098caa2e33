import * as z from 'zod/mini';
import { workspaceTarget } from '#shared/engine/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PAGE } from '../../framework/http/page.ts';
import { linkTo } from '../../framework/http/read-page.ts';
import { attributesOf } from '../documents.ts';
import { PLATFORM } from '../platform.ts';
import { workspaceOfTarget } from '../references.ts';
import { nameSchema } from '../schemas.ts';
import { workspaceResource, workspaceSchema, workspaceView } from './workspace-view.ts';
import { workspacesFor } from './workspaces-for.ts';

export const listWorkspaces = () =>
  endpoint({
    method: 'GET',
    path: '/workspaces',
    operationId: 'listWorkspaces',
    summary: 'Lists the workspaces that you are allowed to see, by name.',
    action: 'workspace.list',
    request: { query: z.strictObject(PAGE) },
    response: {
      status: 200,
      json: z.strictObject({
        workspaces: z.array(workspaceSchema),
        cursor: z.optional(z.string()),
      }),
      refusals: ['request.cursor'],
    },
    async handle(call, ports) {
      call.requireVisible('workspace.list', PLATFORM, PLATFORM);

      const { query } = call.given;
      const page = await workspacesFor(ports, call.by.person, query);

      const workspaces = page.documents.flatMap((document) => {
        const [name, attributes] = [
          workspaceOfTarget(document.target),
          attributesOf(document, ports.metrics),
        ];
        if (name === undefined || attributes === undefined) return [];

        return call.isAllowed('workspace.read', workspaceResource(name, attributes)).allowed
          ? [workspaceView(name, attributes)]
          : [];
      });

      return {
        body: { workspaces, cursor: page.cursor },
        headers: linkTo(query, page.cursor),
        audit: {
          workspace: 'platform',
          targets: workspaces.map(({ name }) => ({ kind: 'workspace', id: name })),
        },
      };
    },
  });

export const getWorkspace = () =>
  endpoint({
    method: 'GET',
    path: '/workspaces/{workspace}',
    operationId: 'getWorkspace',
    summary: 'Returns a workspace.',
    action: 'workspace.read',
    request: { path: z.strictObject({ workspace: nameSchema }) },
    response: { status: 200, json: workspaceSchema },
    async handle(call, { ledger, metrics }) {
      const { workspace } = call.given.path;
      const [document] = await ledger.read([workspaceTarget(workspace)]);
      const attributes = attributesOf(document, metrics);
      const resource = workspaceResource(workspace, attributes);
      call.requireVisible(
        'workspace.read',
        attributes === undefined ? undefined : resource,
        resource,
      );

      return {
        body: workspaceView(workspace, assertFound(attributes)),
        audit: { workspace, targets: [{ kind: 'workspace', id: workspace }] },
      };
    },
  });
