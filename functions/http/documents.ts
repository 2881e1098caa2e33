import * as z from 'zod/mini';
import type { Attributes } from '#shared/access/index.ts';
import { momentSchema } from '#shared/audit/index.ts';
import {
  type DecisionBody,
  type GateBody,
  type Run,
  workspaceTarget,
} from '#shared/engine/index.ts';
import { PEOPLE } from '#shared/identity/index.ts';
import type { Json, Metrics } from '#shared/kernel/index.ts';
import type { Document } from '#shared/ledger/index.ts';

/**
 * Schemas with which the API reads documents of runs. Steps write these documents, so they are
 * validated as untrusted input. An invalid document is counted in a metric and treated as absent.
 * The owner of a document is read from its key, never from its body.
 */
const text = z.string().check(z.maxLength(1_000));
const json = z.record(z.string(), z.unknown());

const run = z.object({
  v: z.literal('run/1'),
  version: z.int(),
  status: z.enum(['running', 'waiting', 'parked', 'done', 'rejected']),
  stage: text,
  requester: text,
  startedAt: momentSchema,
  finishedAt: z.optional(momentSchema),
  steps: z.record(
    z.string(),
    z.object({
      state: z.enum(['ready', 'claimed', 'done']),
      attempts: z.optional(z.int().check(z.nonnegative())),
      waiting: z.optional(
        z.object({ since: momentSchema, nextAt: momentSchema, code: text, reason: z.string() }),
      ),
      pretended: z.optional(z.literal(true)),
    }),
  ),
  gates: z.record(z.string(), z.enum(['open', 'passed', 'approved', 'rejected', 'expired'])),
  parked: z.optional(z.object({ step: z.optional(text), code: text, reason: z.string() })),
});

const gate = z.object({
  v: z.literal('gate/1'),
  decidedBy: text,
  requester: text,
  openedAt: momentSchema,
  expiresAt: momentSchema,
  hits: z.array(z.object({ rule: text, says: z.string().check(z.maxLength(2_000)), facts: json })),
  shown: json,
});

const decision = z.object({
  v: z.literal('decision/1'),
  outcome: z.enum(['approved', 'rejected']),
  by: text,
  role: text,
  reason: text,
  at: momentSchema,
  seen: text,
  shown: z.optional(z.array(text)),
});

const clearFields = z.object({ v: z.literal('fields/1'), values: json });
const workspace = z.object({ attributes: z.optional(z.record(z.string(), z.string())) });

export type StoredRun = Pick<
  Run,
  | 'version'
  | 'status'
  | 'stage'
  | 'requester'
  | 'startedAt'
  | 'finishedAt'
  | 'steps'
  | 'gates'
  | 'parked'
>;
export type StoredGate = Pick<
  GateBody,
  'decidedBy' | 'requester' | 'openedAt' | 'expiresAt' | 'shown' | 'hits'
>;
export type StoredDecision = Omit<DecisionBody, 'v' | 'run' | 'gate'>;

/** Creates a reader of one kind of document. */
const reader =
  <T>(form: z.ZodMiniType) =>
  (document: Document | undefined, metrics: Metrics): T | undefined => {
    if (document === undefined) return undefined;
    const parsed = form.safeParse(document.body);
    if (parsed.success) return parsed.data as T;
    metrics.add('DocumentsUnreadable', 1);
    return undefined;
  };

export const runOfDocument = reader<StoredRun>(run);
export const gateOfDocument = reader<StoredGate>(gate);
export const decisionOfDocument = reader<StoredDecision>(decision);

/** Returns the values of the fields of one clear class; empty if there are none. */
export function clearValues(
  document: Document | undefined,
  metrics: Metrics,
): Readonly<Record<string, Json>> {
  return (
    reader<{ readonly values: Readonly<Record<string, Json>> }>(clearFields)(document, metrics)
      ?.values ?? {}
  );
}

/**
 * Returns the attributes of a workspace; undefined if the workspace does not exist. The directory
 * of people has keys like a workspace, but it is not a workspace, because nothing runs in it.
 */
export function attributesOf(
  document: Document | undefined,
  metrics: Metrics,
): Attributes | undefined {
  if (document?.target === workspaceTarget(PEOPLE)) return undefined;
  const body = reader<{ readonly attributes?: Attributes }>(workspace)(document, metrics);
  return body === undefined ? undefined : (body.attributes ?? {});
}
