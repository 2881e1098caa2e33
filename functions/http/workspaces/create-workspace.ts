import * as z from 'zod/mini';
import { checkAttributes } from '#shared/access/index.ts';
import { createWorkspace as create } from '#shared/engine/index.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { PLATFORM } from '../platform.ts';
import { nameSchema } from '../schemas.ts';
import { WorkspaceTakenError } from './errors.ts';
import type { WorkspacesPorts } from './ports.ts';
import { workspaceSchema, workspaceView } from './workspace-view.ts';

export const createWorkspace = () =>
  endpoint({
    method: 'POST',
    path: '/workspaces',
    operationId: 'createWorkspace',
    summary: 'Creates a workspace with its own keys.',
    action: 'workspace.create',
    request: {
      body: {
        json: z.strictObject({
          name: nameSchema,
          attributes: z.optional(z.record(z.string(), z.string())),
        }),
      },
    },
    evidence: 'handler',
    response: {
      status: 201,
      json: workspaceSchema,
      refusals: ['attributes.invalid', 'workspace.reserved', 'workspace.taken'],
    },
    async handle(call, ports: WorkspacesPorts) {
      const { name, attributes: given } = call.given.body;
      const { policies } = call.requireVisible('workspace.create', PLATFORM, PLATFORM);
      const attributes = given === undefined ? undefined : checkAttributes(given);
      const why = { policies: [...policies] };
      const isNew = await create(ports, {
        keyService: ports.keyService,
        workspace: name,
        actor: call.by.actor,
        attributes,
        why,
      });
      if (!isNew) throw new WorkspaceTakenError(name);

      return { body: workspaceView(name, attributes ?? {}) };
    },
  });
