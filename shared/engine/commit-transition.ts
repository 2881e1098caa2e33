import type { Actor, Diff, EntryDraft } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { Change, Check, Commit, Message } from '#shared/ledger/index.ts';
import {
  type GateBody,
  gateKind,
  gateTarget,
  gateTargetId,
  keyOf,
  type Run,
  type RunKey,
  runKind,
  runTarget,
  type TimerBody,
  timerKind,
  timerTarget,
} from './documents/index.ts';
import type { Transition } from './machine.ts';
import type { OpenedGate } from './run-walk.ts';

/** Parts of a commit that do not follow from the transition. */
export interface CommitExtras {
  readonly entry: Pick<EntryDraft, 'action' | 'outcome'> &
    Partial<EntryDraft> & { readonly actor: Actor };
  readonly changes?: readonly Change[];
  readonly checks?: readonly Check[];
  readonly diffs?: Readonly<Record<string, readonly Diff[]>>;
  readonly unmark?: readonly string[];
  /**
   * Time from which the sweeper checks the run. Set if no queue redelivers the message or request
   * that caused the commit.
   */
  readonly sweepAt?: number;
}

/** Creates the change that replaces the run document at the revision that was read. */
type RunChange = (run: Run) => Change & { readonly op: 'replace' };

/** Options of {@link commitOf}. */
interface TransitionCommit {
  readonly flow: Flow;
  /** Stored run; undefined for a run that starts. */
  readonly before?: { readonly run: Run; readonly change: RunChange };
  readonly after: Transition;
  /** Clear fields after the transition, which the opened gates show. */
  readonly clear: Readonly<Record<string, Json | undefined>>;
  readonly extras: CommitExtras;
}

/**
 * Builds the commit of one transition: the run, the opened gates and their timers, one audit entry,
 * and the messages to the ready steps.
 */
export function commitOf({ flow, before, after, clear, extras }: TransitionCommit): Commit {
  const { run } = after;
  const key = keyOf(run);
  const runAt = runTarget(key);

  const runChange = {
    ...(before?.change(run) ?? runKind.insert(runAt, run)),
    sweepAt: extras.sweepAt,
  };

  const opened = after.opened.flatMap((gate) => openGate(run, key, gate, clear));
  const { why, targets, ...draft } = extras.entry;
  const rules = after.rules.length === 0 ? undefined : [...after.rules];
  const gates = after.opened.map(({ gate }) => ({
    kind: 'gate',
    id: gateTargetId(key, gate.name),
  }));

  const entry: EntryDraft = {
    workspace: run.workspace,
    run: run.id,
    ...draft,
    why: why || rules ? { rules, ...why } : undefined,
    targets:
      (targets?.length ?? 0) + gates.length === 0 ? undefined : [...(targets ?? []), ...gates],
    diffs: { ...extras.diffs, [runAt]: diffOf(before?.run, run) },
  };

  return {
    changes: [runChange, ...(extras.changes ?? []), ...opened],
    checks: extras.checks,
    entries: [entry],
    messages: messagesOf(flow, run, after.sends),
    unmark: extras.unmark,
  };
}

/** Returns the messages that notify steps of a run. */
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

/** Returns a message to the intake of an automation, which settles decided and expired gates. */
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
    gateKind.insert(gateTarget(key, gate.name), body),
    timerKind.insert(timerTarget(key, gate.name), timer),
  ];
}

const SCALARS = ['status', 'stage', 'finishedAt', 'parked'] as const;
const MAPS = ['steps', 'gates', 'branches', 'claims', 'subjects'] as const;

/** Lists the differences between two states of a run document, member by member. */
export function diffOf(before: Run | undefined, after: Run): Diff[] {
  const diff: Diff[] = [];

  const compare = (field: string, a: unknown, b: unknown) => {
    if (a !== b && JSON.stringify(a) !== JSON.stringify(b))
      diff.push({ field, before: a, after: b });
  };

  for (const field of SCALARS) compare(field, before?.[field], after[field]);

  for (const field of MAPS) {
    const [a, b] = [before?.[field] ?? {}, after[field] ?? {}];
    for (const name of new Set([...Object.keys(a), ...Object.keys(b)]))
      compare(`${field}.${name}`, a[name], b[name]);
  }

  return diff;
}
