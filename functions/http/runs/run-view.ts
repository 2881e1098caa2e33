import * as z from 'zod/mini';
import type { Attributes, Resource } from '#shared/access/index.ts';
import type { AutomationDescription } from '#shared/automation/index.ts';
import type { RunKey, StepWait } from '#shared/engine/index.ts';
import { CLEAR_CLASSES, type ClearClass, type Json } from '#shared/kernel/index.ts';
import type { Call } from '../../framework/http/endpoint.ts';
import { amountsOf } from '../automations/descriptions.ts';
import type { StoredRun } from '../documents.ts';
import { gateReference, runReference } from '../references.ts';
import { idSchema, nameSchema, timeSchema, timeText } from '../schemas.ts';

/** Run in a list. */
const summary = {
  /** Id in requests: `<workspace>.<automation>.<run id>`. */
  id: idSchema,
  workspace: nameSchema,
  automation: nameSchema,
  version: z.int(),
  status: z.enum(['running', 'waiting', 'parked', 'done', 'rejected']),
  stage: z.string(),
  /** Id of the person who started the run. */
  requester: z.string(),
  startedAt: timeSchema,
  finishedAt: z.optional(timeSchema),
};
export const runSummarySchema = z.strictObject(summary);

/** Current state of a run, with the fields that the caller is allowed to read. */
export const runSchema = z.strictObject({
  ...summary,
  steps: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['ready', 'claimed', 'done']),
      /** Number of attempts that failed or called a vendor. */
      attempts: z.optional(z.int()),
      /**
       * Set while the step waits for an external condition: a vendor that is down or rejects the
       * credentials, or a secret that is not available.
       */
      waiting: z.optional(
        z.strictObject({
          since: timeSchema,
          nextAttemptAt: timeSchema,
          code: z.string(),
          reason: z.string(),
        }),
      ),
      /** Set when the vendor call was simulated, because the automation is in shadow. */
      pretended: z.optional(z.literal(true)),
    }),
  ),
  gates: z.array(
    z.strictObject({
      id: idSchema,
      name: z.string(),
      state: z.enum(['open', 'passed', 'approved', 'rejected', 'expired']),
    }),
  ),
  /** Reason why an operator must act on the run. */
  parked: z.optional(
    z.strictObject({ step: z.optional(z.string()), code: z.string(), reason: z.string() }),
  ),
  /** Fields by name, never including fields of sealed classes. */
  fields: z.record(z.string(), z.unknown()),
  /** Formatted money amounts among these fields: `{ payable: 'EUR 10,797.98' }`. */
  amounts: z.record(z.string(), z.string()),
});

/** Returns the resource of a run for access decisions. */
export function runResource(
  key: RunKey,
  attributes: Attributes,
  run: StoredRun,
): Extract<Resource, { readonly type: 'Run' }> {
  return { type: 'Run', ...key, attributes, stage: run.stage, requester: run.requester };
}

/** Returns the resource of a run that does not exist, or whose existence is unknown. */
export function soughtRun(
  key: RunKey,
  attributes: Attributes | undefined,
): Extract<Resource, { readonly type: 'Run' }> {
  return { type: 'Run', ...key, attributes: attributes ?? {}, stage: '', requester: '' };
}

/** Returns the classes of the run's fields that this person is allowed to read. */
export function readableClasses(
  call: Pick<Call, 'isAllowed'>,
  resource: Resource,
): readonly ClearClass[] {
  return CLEAR_CLASSES.filter(
    (dataClass) => call.isAllowed('field.read', resource, dataClass).allowed,
  );
}

export function runSummary(key: RunKey, run: StoredRun): z.output<typeof runSummarySchema> {
  return {
    id: runReference(key),
    workspace: key.workspace,
    automation: key.automation,
    version: run.version,
    status: run.status,
    stage: run.stage,
    requester: run.requester,
    startedAt: timeText(run.startedAt),
    finishedAt: run.finishedAt === undefined ? undefined : timeText(run.finishedAt),
  };
}

function waitingView({ since, nextAt, code, reason }: StepWait) {
  return { since: timeText(since), nextAttemptAt: timeText(nextAt), code, reason };
}

/**
 * @param automation - Determines the order of the steps, because their stored order is arbitrary.
 */
export function runView(
  key: RunKey,
  run: StoredRun,
  fields: Readonly<Record<string, Json>>,
  automation: AutomationDescription | undefined,
): z.output<typeof runSchema> {
  const order = new Map(automation?.steps.map(({ name }, i) => [name, i]));
  const position = ({ name }: { readonly name: string }) => order.get(name) ?? order.size;

  return {
    ...runSummary(key, run),
    steps: Object.entries(run.steps)
      .map(([name, { waiting, ...step }]) => ({
        name,
        ...step,
        waiting: waiting === undefined ? undefined : waitingView(waiting),
      }))
      .sort((a, b) => position(a) - position(b)),
    gates: Object.entries(run.gates).map(([gate, state]) => ({
      id: gateReference({ ...key, gate }),
      name: gate,
      state,
    })),
    parked: run.parked,
    fields: { ...fields },
    amounts: amountsOf(automation, fields),
  };
}
