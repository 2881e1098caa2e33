import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import { workspaceTarget } from '#shared/engine/index.ts';
import type { RunsPorts } from '../../middleware/http-ports.ts';
import { PassedOnError } from '../../middleware/http-problem.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { attributesOf } from '../documents.ts';
import { endpoint } from '../endpoint.ts';
import { idForm, nameForm } from '../forms.ts';
import { runReference } from '../references.ts';

/** What an upload may be: the automation's intake finds out whether it is what it takes. */
const UPLOADS = [
  'application/octet-stream',
  'application/xml',
  'text/xml',
  'application/json',
  'application/pdf',
  'text/plain',
  'text/csv',
];

export const startRun = (automations: Descriptions) =>
  endpoint({
    method: 'POST',
    path: '/runs',
    operationId: 'startRun',
    summary: 'Starts a run from an upload. The same key with the same upload is the same run, however often it is sent.',
    action: 'run.start',
    refusal: 'run.refuse',
    takes: {
      query: z.strictObject({ workspace: nameForm, automation: nameForm }),
      body: { bytes: UPLOADS },
      idempotencyKey: true,
    },
    gives: {
      status: 201,
      again: 200,
      json: z.strictObject({ id: idForm, created: z.boolean() }),
      refusals: ['run.key-reused', 'run.input-invalid'],
    },
    async handle(call, { ledger, metrics, starts }: RunsPorts) {
      const { workspace, automation } = call.given.query;
      const [document] = await ledger.read([workspaceTarget(workspace)]);
      const attributes = attributesOf(document, metrics);
      const sought: Resource = { type: 'Automation', workspace, automation, attributes: attributes ?? {} };
      const { policies } = call.see('run.start', attributes === undefined || !automations.has(automation) ? undefined : sought, sought);
      const answer = await starts.start(automation, {
        workspace,
        idempotencyKey: call.idempotencyKey,
        requester: call.by.actor,
        bytes: call.given.body,
        trace: call.requestId,
        policies,
      });
      if ('refused' in answer) {
        if (answer.refused.recorded) call.recorded();
        throw new PassedOnError(answer.refused);
      }
      const { run, created } = answer.started;
      const started = { id: runReference({ workspace, automation, run }), created };
      if (created) {
        call.recorded();
        return { body: started };
      }
      return {
        again: true,
        body: started,
        told: { action: 'run.read', workspace, run, targets: [{ kind: 'run', id: run }] },
      };
    },
  });
