import { createHmac, type KeyObject } from 'node:crypto';
import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import {
  base32,
  canonicalJson,
  type ErrorCode,
  type ErrorFacts,
  InvalidInputError,
  isVisible,
  isWritError,
  type Json,
  MINUTE,
} from '#shared/kernel/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import { commitOf } from './commit-transition.ts';
import {
  type Rollout,
  type Run,
  type RunKey,
  rolloutOf,
  runOf,
  target,
} from './documents/index.ts';
import { StartConflictError } from './errors.ts';
import { KeyRing } from './key-ring.ts';
import { transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { retryOnConflict } from './retry-on-conflict.ts';
import { checkValues, RunFields } from './run-fields.ts';
import { classesOf, resolveSubjects, workspaceSecret } from './subjects.ts';

export interface StartRequest {
  readonly workspace: string;
  /**
   * Idempotency key, of 1 to 200 characters. All requests with the same key, from any requester,
   * start only one run.
   */
  readonly idempotencyKey: string;
  readonly requester: Actor;
  /** Values of the automation's input fields. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly trace?: string;
  /** Ids of the policies that allowed the request, for its audit entry. */
  readonly policies?: readonly string[];
}

export interface StartResult {
  readonly run: string;
  /** False if the run already existed with the same input. */
  readonly created: boolean;
}

/** Time after which a sweeper resends the first message of a run, which may have been lost. */
const SWEEP_AFTER_MS = MINUTE;
/**
 * Maximum number of retries after a conflict with another start of the same run or of a run with
 * the same new subject.
 */
const MAX_RETRIES = 7;

/**
 * Starts a run: validates its input, seals sensitive values, and commits the run, its fields, the
 * audit entry and the message to the first step.
 *
 * @throws {@link InvalidInputError} `run.input-invalid`, `run.key-invalid`: recorded as
 *   `run.refuse`; nothing else is stored.
 * @throws {@link StartConflictError} when the key was already used with different input. The
 *   existing run does not change.
 * @throws `name.invalid`, `workspace.reserved` (refuse): nothing is stored.
 * @throws `keys.missing` when the workspace does not exist, and ledger errors.
 */
export async function startRun(
  ports: EnginePorts,
  flow: Flow,
  request: StartRequest,
): Promise<StartResult> {
  assertClientWorkspace(request.workspace);

  const { values, problems: misfits } = checkValues(flow, flow.inputs, request.input);
  const problems = [...misfits];
  const { length } = request.idempotencyKey;

  if (
    length < 1 ||
    length > 200 ||
    !request.idempotencyKey.isWellFormed() ||
    !isVisible(request.idempotencyKey)
  )
    await refuse(ports, {
      flow,
      request,
      code: 'run.key-invalid',
      reason: `an idempotency key has 1 to 200 characters of well-formed text, one of them visible, got ${length}`,
    });

  for (const [subject, field] of Object.entries(flow.subjects)) {
    const knownBy = values[field];
    if (typeof knownBy === 'string' && !isVisible(knownBy))
      problems.push(
        `field ${field}: subject ${subject} is known by it, so it has at least one visible character`,
      );
  }

  if (problems.length > 0)
    await refuse(ports, {
      flow,
      request,
      code: 'run.input-invalid',
      reason: `the input does not fit automation ${flow.name}: ${problems.slice(0, 10).join('; ')}`,
    });

  const secret = await workspaceSecret(ports, request.workspace, 'run-id');
  const key: RunKey = {
    automation: flow.name,
    workspace: request.workspace,
    run: runId(secret, flow.name, request.idempotencyKey),
  };

  const started = await retryOnConflict(async () => {
    const documents = await readAll(ports.ledger, [target.run(key), target.control(key)]);
    const stored = documents.get(target.run(key));
    if (stored !== undefined) return repeatStart(ports, { flow, key, run: runOf(stored), values });

    try {
      const rollout = rolloutOf(documents.get(target.control(key)));
      await commitRun(ports, { flow, key, request, values, rollout });
      return { run: key.run, created: true };
    } catch (error) {
      if (isWritError(error, 'ledger.document-too-large', 'audit.entry-too-large'))
        return { tooLarge: tooLarge(error.facts) };
      throw error;
    }
  }, MAX_RETRIES);

  // outside the retried work, so that a refusal is recorded once, even after an unknown outcome
  if ('tooLarge' in started)
    return refuse(ports, {
      flow,
      request,
      code: 'run.input-invalid',
      reason: started.tooLarge,
    });

  return started;
}

const tooLarge = ({ bytes = 0, allowed = 0 }: ErrorFacts) =>
  `the input is larger than a run can hold: what is stored of it would have ${bytes} bytes; allowed are ${allowed}`;

/**
 * Derives the id of a run from its idempotency key by a keyed hash. The same key always results in
 * the same id, and the id reveals nothing about the key.
 */
function runId(secret: KeyObject, automation: string, idempotencyKey: string): string {
  return base32(
    createHmac('sha256', secret)
      .update(`${automation}\0${idempotencyKey}`)
      .digest()
      .subarray(0, 16),
  );
}

interface NewRun {
  readonly flow: Flow;
  readonly key: RunKey;
  readonly request: StartRequest;
  /** Checked values of the input fields. */
  readonly values: Record<string, Json | undefined>;
  readonly rollout: Rollout;
}

async function commitRun(
  ports: EnginePorts,
  { flow, key, request, values, rollout }: NewRun,
): Promise<void> {
  const now = ports.clock.now();

  const { refs, ring, rows } = await resolveSubjects(ports, {
    workspace: key.workspace,
    subjects: flow.subjects,
    fields: flow.fields,
    values,
  });

  const fields = new RunFields({ flow, key, subjects: refs, ring, documents: new Map() });
  const written = fields.write(values, ports.random);

  const blank: Run = {
    v: 'run/1',
    id: key.run,
    workspace: key.workspace,
    automation: flow.name,
    version: flow.version,
    definition: flow.definition,
    status: 'running',
    stage: '',
    requester: request.requester.id,
    startedAt: now,
    subjects: refs,
    steps: {},
    gates: {},
    branches: {},
  };

  const after = transition(flow, blank, { type: 'started' }, { clear: values, rollout, now });

  const commit = commitOf({
    flow,
    after,
    clear: values,
    extras: {
      entry: {
        action: 'run.start',
        outcome: 'ok',
        actor: request.requester,
        classes: classesOf(
          flow,
          Object.keys(values).filter((name) => values[name] !== undefined),
        ),
        seals: Object.keys(written.seals).length === 0 ? undefined : written.seals,
        why: request.policies === undefined ? undefined : { policies: [...request.policies] },
        trace: request.trace,
      },
      changes: [...written.changes, ...rows, ...ring.takeMinted()],
      diffs: written.diffs,
      sweepAt: now + SWEEP_AFTER_MS,
    },
  });

  await ports.ledger.commit(commit);
}

interface ExistingRun extends Pick<NewRun, 'flow' | 'key' | 'values'> {
  readonly run: Run;
}

/**
 * Compares the input of a start request with the input of the existing run. A request with the same
 * input is a repetition. An erased value cannot be compared and counts as the same.
 *
 * @throws {@link StartConflictError} when the input differs.
 */
async function repeatStart(
  ports: EnginePorts,
  { flow, key, run, values }: ExistingRun,
): Promise<StartResult> {
  const ring = new KeyRing({ workspace: key.workspace, keys: ports.keys, random: ports.random });
  const keyTargets = ring.targets(RunFields.keyNames(flow, run.subjects, flow.inputs));
  const documents = await readAll(ports.ledger, [
    ...RunFields.targets(flow, key, flow.inputs),
    ...keyTargets,
  ]);

  await ring.load(documents);

  const fields = new RunFields({ flow, key, subjects: run.subjects, ring, documents });

  const differs = flow.inputs.some((name) => {
    try {
      return canonicalJson(fields.get(name) ?? null) !== canonicalJson(values[name] ?? null);
    } catch (error) {
      if (isWritError(error, 'subject.erased')) return false;
      throw error;
    }
  });
  if (differs) throw new StartConflictError(key.run);

  return { run: key.run, created: false };
}

/** Start request that was refused. */
export interface RefusedStart {
  readonly flow: Flow;
  readonly request: Pick<StartRequest, 'workspace' | 'requester' | 'trace'>;
  readonly code: string;
  /** Human-readable reason. Must not contain the value of a field. */
  readonly reason: string;
}

/**
 * Records the refusal of a start, and throws it.
 *
 * @throws {@link InvalidInputError} always.
 */
async function refuse(
  ports: EnginePorts,
  refused: RefusedStart & { readonly code: ErrorCode },
): Promise<never> {
  await recordRefusedStart(ports, refused);
  throw new InvalidInputError(refused.code, refused.reason, { automation: refused.flow.name });
}

/**
 * Commits the audit entry of a refused start. The start may also have been refused while its upload
 * was read.
 */
export async function recordRefusedStart(
  ports: Pick<EnginePorts, 'ledger'>,
  { flow, request, code, reason }: RefusedStart,
): Promise<void> {
  await ports.ledger.commit({
    entries: [
      {
        workspace: request.workspace,
        actor: request.requester,
        action: 'run.refuse',
        outcome: 'denied',
        targets: [{ kind: 'automation', id: flow.name }],
        why: { code, reason: reason.slice(0, 1_000).toWellFormed() },
        trace: request.trace,
      },
    ],
  });
}
