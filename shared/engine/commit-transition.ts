import type { Actor, Diff, EntryDraft } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { Change, Check, Commit, Message } from '#shared/ledger/index.ts';
import {
  type GateBody,
  gateKind,
  gateTargetId,
  keyOf,
  type Run,
  type RunKey,
  runKind,
  type TimerBody,
  target,
  timerKind,
} from './documents/index.ts';
import type { Transition } from './machine.ts';
import type { OpenedGate } from './run-walk.ts';

/** What a commit holds besides what the transition itself brings. */
export interface CommitExtras {
  readonly entry: Pick<EntryDraft, 'action' | 'outcome'> &
    Partial<EntryDraft> & { readonly actor: Actor };
  readonly changes?: readonly Change[];
  readonly checks?: readonly Check[];
  readonly diffs?: Readonly<Record<string, readonly Diff[]>>;
  readonly unmark?: readonly string[];
  /** Set when nothing redelivers the cause: from then on the sweeper looks after the run. */
  readonly sweepAt?: number;
}

/** Replaces the run document at the revision that was read. */
type RunChange = (run: Run) => Change & { readonly op: 'replace' };

/**
 * One transition as one commit: the run, the gates and timers that opened, one entry, word to the
 * steps that are ready.
 */
export function commitOf(
  flow: Flow,
  before: { readonly run: Run; readonly change: RunChange } | undefined,
  after: Transition,
  clear: Readonly<Record<string, Json | undefined>>,
  around: CommitExtras,
): Commit {
  const { run } = after;
  const key = keyOf(run);
  const runTarget = target.run(key);

  const runChange = {
    ...(before?.change(run) ?? runKind.insert(runTarget, run)),
    sweepAt: around.sweepAt,
  };

  const opened = after.opened.flatMap((gate) => openGate(run, key, gate, clear));
  const { why, targets, ...said } = around.entry;
  const rules = after.rules.length === 0 ? {} : { rules: [...after.rules] };
  const gates = after.opened.map(({ gate }) => ({
    kind: 'gate',
    id: gateTargetId(key, gate.name),
  }));

  const entry: EntryDraft = {
    workspace: run.workspace,
    run: run.id,
    ...said,
    why: why === undefined && after.rules.length === 0 ? undefined : { ...rules, ...why },
    targets:
      (targets?.length ?? 0) + gates.length === 0 ? undefined : [...(targets ?? []), ...gates],
    diffs: { ...around.diffs, [runTarget]: diffOf(before?.run, run) },
  };

  return {
    changes: [runChange, ...(around.changes ?? []), ...opened],
    checks: around.checks,
    entries: [entry],
    messages: messagesOf(flow, run, after.sends),
    unmark: around.unmark,
  };
}

export function messagesOf(flow: Flow, run: Run, sends: Transition['sends']): Message[] {
  const subjectRefs = Object.keys(flow.subjects).map((subject) => run.subjects[subject] ?? '');
  return sends.map(({ step, delayMs }) => ({
    queue: `${run.automation}.${step}`,
    workspace: run.workspace,
    run: run.id,
    step,
    subjectRefs,
    delayMs: delayMs > 0 ? delayMs : undefined,
  }));
}

/** Word to the intake of an automation that a gate of the run may be settled. */
export function intakeMessage(key: RunKey): Message {
  return {
    queue: `${key.automation}.intake`,
    workspace: key.workspace,
    run: key.run,
    step: 'intake',
    subjectRefs: [],
  };
}

function openGate(
  run: Run,
  key: RunKey,
  { gate, hits, expiresAt }: OpenedGate,
  clear: Readonly<Record<string, Json | undefined>>,
): Change[] {
  const openedAt = expiresAt - gate.expiresMs;

  const body: GateBody = {
    v: 'gate/1',
    run: run.id,
    gate: gate.name,
    automation: run.automation,
    workspace: run.workspace,
    decidedBy: gate.decidedBy.role,
    requester: run.requester,
    openedAt,
    expiresAt,
    hits: hits.map(({ rule, says = rule, facts }) => ({ rule, says, facts: { ...facts } })),
    shown: Object.fromEntries(
      gate.shows.flatMap((name) =>
        clear[name] === undefined ? [] : [[name, clear[name] as Json]],
      ),
    ),
  };

  const timer: TimerBody = {
    v: 'timer/1',
    run: run.id,
    workspace: run.workspace,
    gate: gate.name,
    at: expiresAt,
  };

  return [
    gateKind.insert(target.gate(key, gate.name), body),
    timerKind.insert(target.timer(key, gate.name), timer),
  ];
}

const SCALARS = ['status', 'stage', 'finishedAt', 'parked'] as const;
const MAPS = ['steps', 'gates', 'branches', 'claims', 'subjects'] as const;

/** What changed in the run document, point by point. */
export function diffOf(before: Run | undefined, after: Run): Diff[] {
  const diff: Diff[] = [];

  const compare = (field: string, a: unknown, b: unknown) => {
    if (a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b)))
      return;
    diff.push({
      field,
      before: a,
      after: b,
    });
  };

  for (const field of SCALARS) compare(field, before?.[field], after[field]);

  for (const field of MAPS) {
    const [a, b] = [before?.[field] ?? {}, after[field] ?? {}];
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)]))
      compare(`${field}.${name}`, a[name], b[name]);
  }

  return diff;
}
