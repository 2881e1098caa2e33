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
import type { Document } from '#shared/ledger/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import { commitOf } from './commit-transition.ts';
import { type Run, type RunKey, rolloutOf, runOf, target } from './documents/index.ts';
import { StartConflictError } from './errors.ts';
import { KeyRing } from './key-ring.ts';
import { transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { rereading } from './rereading.ts';
import { checkValues, RunFields } from './run-fields.ts';
import { classesOf, resolveSubjects, workspaceSecret } from './subjects.ts';

export interface StartRequest {
  readonly workspace: string;
  /**
   * Names this start: the same key is the same run, whoever sends it and however often. 1 to 200
   * characters.
   */
  readonly idempotencyKey: string;
  readonly requester: Actor;
  /** Values of the automation's input fields. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly trace?: string;
  /** Ids of the policies by which the requester was allowed to; for the entry. */
  readonly policies?: readonly string[];
}

export interface Started {
  readonly run: string;
  /** False: the run was there already, with the same input. */
  readonly created: boolean;
}

/** From when on a sweeper looks for a run whose first message was lost. */
const SWEEP_AFTER_MS = MINUTE;
/** Another start of the run, or of one about the same new subject, may come first so often. */
const REREADS = 7;

/**
 * Accepts a run: validates its input, seals what is sensitive, and commits run, fields, evidence
 * and word to the first step.
 *
 * @throws {@link InvalidInputError} `run.input-invalid`, `run.key-invalid`: recorded as
 *   `run.refuse`, nothing else stored.
 * @throws {@link StartConflictError} when the key was used with other input. The first run
 *   stands.
 * @throws `name.invalid`, `workspace.reserved` (refuse): nothing stored.
 * @throws `keys.missing` when the workspace does not exist, and what the ledger throws.
 */
export async function startRun(
  ports: EnginePorts,
  flow: Flow,
  request: StartRequest,
): Promise<Started> {
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
    await refuse(
      ports,
      request,
      flow,
      'run.key-invalid',
      `an idempotency key has 1 to 200 characters of well-formed text, one of them visible, got ${length}`,
    );

  for (const [subject, field] of Object.entries(flow.subjects)) {
    const knownBy = values[field];
    if (typeof knownBy === 'string' && !isVisible(knownBy))
      problems.push(
        `field ${field}: subject ${subject} is known by it, so it has at least one visible character`,
      );
  }

  if (problems.length > 0)
    await refuse(
      ports,
      request,
      flow,
      'run.input-invalid',
      `the input does not fit automation ${flow.name}: ${problems.slice(0, 10).join('; ')}`,
    );

  const secret = await workspaceSecret(ports, request.workspace, 'run-id');
  const key: RunKey = {
    automation: flow.name,
    workspace: request.workspace,
    run: runId(secret, flow.name, request.idempotencyKey),
  };

  return rereading(async () => {
    const documents = await readAll(ports.ledger, [target.run(key), target.control(key)]);
    const standing = documents.get(target.run(key));
    if (standing !== undefined) return existing(ports, flow, key, runOf(standing), values);

    try {
      await insert(ports, flow, key, request, values, documents.get(target.control(key)));
      return { run: key.run, created: true };
    } catch (error) {
      if (isWritError(error, 'ledger.document-too-large', 'audit.entry-too-large'))
        await refuse(ports, request, flow, 'run.input-invalid', tooLarge(error.facts));
      throw error;
    }
  }, REREADS);
}

const tooLarge = ({ bytes = 0, allowed = 0 }: ErrorFacts) =>
  `the input is larger than a run can hold: what is stored of it would have ${bytes} bytes; allowed are ${allowed}`;

/**
 * The run's id: a keyed hash, so that it can be found again from the key but tells nothing about
 * it.
 */
function runId(secret: KeyObject, automation: string, idempotencyKey: string): string {
  return base32(
    createHmac('sha256', secret)
      .update(`${automation}\0${idempotencyKey}`)
      .digest()
      .subarray(0, 16),
  );
}

async function insert(
  ports: EnginePorts,
  flow: Flow,
  key: RunKey,
  request: StartRequest,
  values: Record<string, Json | undefined>,
  control: Document | undefined,
): Promise<void> {
  const now = ports.clock.now();

  const { refs, ring, rows } = await resolveSubjects(
    ports,
    key.workspace,
    flow.subjects,
    flow.fields,
    values,
  );

  const fields = new RunFields(flow, key, refs, ring, new Map());
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

  const after = transition(
    flow,
    blank,
    { type: 'started' },
    { clear: values, rollout: rolloutOf(control), now },
  );

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

/**
 * The run is there. With the same input this start has already happened; with other input it must
 * not seem to have.
 */
async function existing(
  ports: EnginePorts,
  flow: Flow,
  key: RunKey,
  run: Run,
  values: Record<string, Json | undefined>,
): Promise<Started> {
  const ring = new KeyRing({ workspace: key.workspace, keys: ports.keys, random: ports.random });
  const keyTargets = ring.targets(RunFields.keyNames(flow, run.subjects, flow.inputs));
  const documents = await readAll(ports.ledger, [
    ...RunFields.targets(flow, key, flow.inputs),
    ...keyTargets,
  ]);

  await ring.load(documents);

  const fields = new RunFields(flow, key, run.subjects, ring, documents);

  const differs = flow.inputs.some((name) => {
    try {
      return canonicalJson(fields.get(name) ?? null) !== canonicalJson(values[name] ?? null);
    } catch (error) {
      // what was erased can no longer be compared
      if (isWritError(error, 'subject.erased')) return false;
      throw error;
    }
  });
  if (differs) throw new StartConflictError(key.run);

  return { run: key.run, created: false };
}

/**
 * Records that a start was refused, and refuses it.
 *
 * @throws {@link InvalidInputError} always.
 */
async function refuse(
  ports: EnginePorts,
  request: Pick<StartRequest, 'workspace' | 'requester' | 'trace'>,
  flow: Flow,
  code: ErrorCode,
  reason: string,
): Promise<never> {
  await recordRefusedStart(ports, flow, request, code, reason);
  throw new InvalidInputError(code, reason, { automation: flow.name });
}

/**
 * Writes the evidence of a start that was refused, also by whoever read the uploaded bytes.
 *
 * @param reason - Must hold no value of a field.
 */
export async function recordRefusedStart(
  ports: Pick<EnginePorts, 'ledger'>,
  flow: Flow,
  request: Pick<StartRequest, 'workspace' | 'requester' | 'trace'>,
  code: string,
  reason: string,
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
