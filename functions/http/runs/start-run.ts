import * as z from 'zod/mini';
import type { Resource } from '#shared/access/index.ts';
import type { EntryDraft } from '#shared/audit/index.ts';
import {
  participantChange,
  participantRole,
  participantTarget,
  type RunKey,
  runTargetId,
  workspaceTarget,
} from '#shared/engine/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import { type Call, endpoint } from '../../framework/http/endpoint.ts';
import { POLICIES_MAX } from '../../framework/http/evidence.ts';
import { PassedOnError } from '../../framework/http/problem.ts';
import { assertDeployed } from '../automations/assert-deployed.ts';
import type { Descriptions } from '../automations/descriptions.ts';
import { attributesOf } from '../documents.ts';
import { RUN_REFERENCE, runReference } from '../references.ts';
import { idSchema, nameSchema } from '../schemas.ts';
import { StartAfterDecidingError, StartUnansweredError } from './errors.ts';
import type { RunsPorts } from './ports.ts';

/**
 * Content types that uploads may have. The intake of the automation decides whether it can read the
 * content.
 */
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
    summary:
      'Starts a run from an upload. Repeating the same upload with the same key returns the same run.',
    action: 'run.request',
    request: {
      query: z.strictObject({ workspace: nameSchema, automation: nameSchema }),
      body: { bytes: UPLOADS },
      idempotencyKey: true,
    },
    response: {
      status: 201,
      again: 200,
      json: z.strictObject({ id: idSchema, created: z.boolean() }),
      refusals: ['automation.unknown', 'run.key-reused', 'run.input-invalid', 'run.decided'],
    },
    async handle(call, ports: RunsPorts) {
      const { ledger, metrics, starts } = ports;
      const { workspace, automation } = call.given.query;
      const [document] = await ledger.read([workspaceTarget(workspace)]);
      const attributes = attributesOf(document, metrics);

      const sought: Resource = {
        type: 'Automation',
        workspace,
        automation,
        attributes: attributes ?? {},
      };

      const { policies } = call.requireVisible(
        'run.start',
        attributes === undefined ? undefined : sought,
        sought,
      );

      assertDeployed(call, automations, automation);

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
      // An intake runs its author's code, so this function commits a separate entry for the answer.
      const id = runReference({ workspace, automation, run });
      if (!RUN_REFERENCE.safeParse(id).success)
        throw new StartUnansweredError(automation, 'answer-invalid');

      const audit = {
        workspace,
        run,
        targets: [{ kind: 'run', id: runTargetId({ automation, run }) }],
      };

      await becomeRequester(call, ports, { workspace, automation, run }, { audit, policies });

      return { again: created ? undefined : true, body: { id, created }, audit };
    },
  });

/**
 * Records the caller as a requester of the run, with the entry of the request. This applies to the
 * first caller and to callers who repeat the start. Neither the intake nor a step can leave them
 * out.
 *
 * @throws {@link StartAfterDecidingError} when the caller decided at a gate of the run.
 */
async function becomeRequester(
  call: Pick<Call, 'by'>,
  { ledger, clock }: Pick<RunsPorts, 'ledger' | 'clock'>,
  key: RunKey,
  {
    audit,
    policies,
  }: {
    readonly audit: Pick<EntryDraft, 'workspace' | 'run' | 'targets'>;
    readonly policies: readonly string[];
  },
): Promise<void> {
  const { actor } = call.by;

  const entry: EntryDraft = {
    ...audit,
    actor,
    action: 'run.request',
    outcome: 'ok',
    why: { policies: [...policies].sort().slice(0, POLICIES_MAX) },
  };

  try {
    await ledger.commit({
      changes: [participantChange(key, { person: actor.id, as: 'requester', at: clock.now() })],
      entries: [entry],
    });
  } catch (error) {
    if (!isWritError(error, 'ledger.conflict')) throw error;
    const [participant] = await ledger.read([participantTarget(key, actor.id)]);
    const part = participantRole(participant);
    if (part === undefined) throw error;
    if (part === 'approver') throw new StartAfterDecidingError();
  }
}
