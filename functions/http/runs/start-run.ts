import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import { runTargetId, workspaceTarget } from '#shared/engine/index.ts';
import { StartUnansweredError } from '../../middleware/errors.ts';
import { POLICIES_MAX } from '../../middleware/http-evidence.ts';
import type { RunsPorts } from '../../middleware/http-ports.ts';
import { PassedOnError } from '../../middleware/http-problem.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { attributesOf } from '../documents.ts';
import { endpoint } from '../endpoint.ts';
import { idForm, nameForm } from '../forms.ts';
import { RUN_REFERENCE, runReference } from '../references.ts';

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
    action: 'run.request',
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
        policies: policies.slice(0, POLICIES_MAX),
      });
      if ('refused' in answer) throw new PassedOnError(answer.refused);
      const { run, created } = answer.started;
      // an intake runs its author's code: what it says is told as its word, by an entry of this function's own
      const id = runReference({ workspace, automation, run });
      if (!RUN_REFERENCE.safeParse(id).success) throw new StartUnansweredError(automation, 'answer-invalid');
      return {
        ...(created ? {} : { again: true }),
        body: { id, created },
        told: { workspace, run, targets: [{ kind: 'run', id: runTargetId({ automation, run }) }] },
      };
    },
  });
