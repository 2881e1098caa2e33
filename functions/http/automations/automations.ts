import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import { rolloutOf, target, workspaceTarget } from '#shared/engine/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { attributesOf } from '../documents.ts';
import { PLATFORM } from '../platform.ts';
import { nameSchema } from '../schemas.ts';
import { assertDeployed } from './assert-deployed.ts';
import {
  automationSchema,
  automationSummary,
  automationSummarySchema,
  automationView,
  rolloutSchema,
} from './automation-view.ts';
import type { Descriptions } from './descriptions.ts';

export const listAutomations = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/automations',
    operationId: 'listAutomations',
    summary: 'Lists the deployed automations.',
    action: 'automation.list',
    response: {
      status: 200,
      json: z.strictObject({ automations: z.array(automationSummarySchema) }),
    },
    async handle(call) {
      call.requireVisible('automation.list', PLATFORM, PLATFORM);
      return {
        body: { automations: [...automations.values()].map(automationSummary) },
        audit: { workspace: 'platform' },
      };
    },
  });

export const getAutomation = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/automations/{automation}',
    operationId: 'getAutomation',
    summary:
      'Returns the declaration of an automation: its fields with their classes, steps, gates and rules.',
    action: 'automation.read',
    request: { path: z.strictObject({ automation: nameSchema }) },
    response: { status: 200, json: automationSchema, refusals: ['automation.unknown'] },
    async handle(call) {
      const found = automations.get(call.given.path.automation);

      call.requireVisible('automation.read', PLATFORM, PLATFORM);
      assertDeployed(call, automations, call.given.path.automation);

      return {
        body: automationView(assertFound(found)),
        audit: {
          workspace: 'platform',
          targets: [{ kind: 'automation', id: call.given.path.automation }],
        },
      };
    },
  });

export const getRollout = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/automations/{automation}/rollout',
    operationId: 'getRollout',
    summary: 'Returns the rollout of an automation in a workspace.',
    action: 'automation.read',
    request: {
      path: z.strictObject({ automation: nameSchema }),
      query: z.strictObject({ workspace: nameSchema }),
    },
    response: { status: 200, json: rolloutSchema, refusals: ['automation.unknown'] },
    async handle(call, { ledger, metrics }) {
      const key = {
        workspace: call.given.query.workspace,
        automation: call.given.path.automation,
      };

      const [control, document] = await ledger.read([
        target.control(key),
        workspaceTarget(key.workspace),
      ]);

      const attributes = attributesOf(document, metrics);
      const sought: Resource = { type: 'Automation', ...key, attributes: attributes ?? {} };

      call.requireVisible('rollout.read', attributes === undefined ? undefined : sought, sought);
      assertDeployed(call, automations, key.automation);

      return {
        body: { ...key, rollout: rolloutOf(control) },
        audit: {
          workspace: key.workspace,
          targets: [{ kind: 'automation', id: key.automation }],
        },
      };
    },
  });
