import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import { rolloutOf, target, workspaceTarget } from '#shared/engine/index.ts';
import { attributesOf } from '../documents.ts';
import { endpoint } from '../endpoint.ts';
import { nameForm } from '../forms.ts';
import { PLATFORM } from '../platform.ts';
import { seen } from '../seen.ts';
import { assertDeployed } from './assert-deployed.ts';
import {
  automationForm,
  automationSummary,
  automationSummaryForm,
  automationView,
  rolloutForm,
} from './automation-view.ts';
import type { Descriptions } from './descriptions.ts';

export const listAutomations = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/automations',
    operationId: 'listAutomations',
    summary: 'Lists the automations that are deployed.',
    action: 'automation.list',
    gives: { status: 200, json: z.strictObject({ automations: z.array(automationSummaryForm) }) },
    async handle(call) {
      call.see('automation.list', PLATFORM, PLATFORM);
      return {
        body: { automations: [...automations.values()].map(automationSummary) },
        told: { workspace: 'platform' },
      };
    },
  });

export const getAutomation = (automations: Descriptions) =>
  endpoint({
    method: 'GET',
    path: '/automations/{automation}',
    operationId: 'getAutomation',
    summary:
      'Tells what an automation declares: its fields with their classes, steps, gates and rules.',
    action: 'automation.read',
    takes: { path: z.strictObject({ automation: nameForm }) },
    gives: { status: 200, json: automationForm, refusals: ['automation.unknown'] },
    async handle(call) {
      const found = automations.get(call.given.path.automation);

      call.see('automation.read', PLATFORM, PLATFORM);
      assertDeployed(call, automations, call.given.path.automation);

      return {
        body: automationView(seen(found)),
        told: {
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
    summary: 'Tells how far an automation is trusted to act by itself in a workspace.',
    action: 'automation.read',
    takes: {
      path: z.strictObject({ automation: nameForm }),
      query: z.strictObject({ workspace: nameForm }),
    },
    gives: { status: 200, json: rolloutForm, refusals: ['automation.unknown'] },
    async handle(call, { ledger, metrics }) {
      const place = {
        workspace: call.given.query.workspace,
        automation: call.given.path.automation,
      };

      const [control, document] = await ledger.read([
        target.control(place),
        workspaceTarget(place.workspace),
      ]);

      const attributes = attributesOf(document, metrics);
      const sought: Resource = { type: 'Automation', ...place, attributes: attributes ?? {} };

      call.see('rollout.read', attributes === undefined ? undefined : sought, sought);
      assertDeployed(call, automations, place.automation);

      return {
        body: { ...place, rollout: rolloutOf(control) },
        told: {
          workspace: place.workspace,
          targets: [{ kind: 'automation', id: place.automation }],
        },
      };
    },
  });
