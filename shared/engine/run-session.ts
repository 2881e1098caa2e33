import type { Flow } from '#shared/automation/index.ts';
import type { Change, Commit, Document, Revision } from '#shared/ledger/index.ts';
import { type CommitExtras, commitOf } from './commit-transition.ts';
import {
  controlTarget,
  type Rollout,
  type Run,
  type RunKey,
  rolloutOf,
  runKind,
  runTarget,
} from './documents/index.ts';
import type { MessageContext } from './handle-message.ts';
import { type KeyName, KeyRing } from './key-ring.ts';
import { type Event, type Transition, transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { RunFields } from './run-fields.ts';
import type { Situation } from './situation.ts';

/** Fields that a function reads or writes, and other documents of the run that it needs. */
export interface LoadPlan {
  readonly fields: readonly string[];
  readonly otherTargets: (key: RunKey) => readonly string[];
}

/** Options of a {@link RunSession}. */
interface SessionOptions {
  readonly ports: EnginePorts;
  readonly flow: Flow;
  readonly key: RunKey;
  readonly document: Document;
  readonly documents: ReadonlyMap<string, Document | undefined>;
  readonly ring: KeyRing;
  readonly keyNames: readonly KeyName[];
}

/**
 * Session of one function on one run: the run document, the current rollout, the declared fields
 * and their keys, all from one batch of reads. The engine always passes the whole session, so that
 * all code sees the same revision of the run.
 */
export class RunSession {
  readonly ports: EnginePorts;
  readonly flow: Flow;
  readonly key: RunKey;
  readonly fields: RunFields;
  readonly ring: KeyRing;
  readonly keyNames: readonly KeyName[];
  readonly rollout: Rollout;
  readonly documents: ReadonlyMap<string, Document | undefined>;
  #run: Run;
  #at: Revision;

  constructor({ ports, flow, key, document, documents, ring, keyNames }: SessionOptions) {
    this.ports = ports;
    this.flow = flow;
    this.key = key;
    this.ring = ring;
    this.keyNames = keyNames;
    this.documents = documents;
    this.#run = runKind.body(document);
    this.#at = document;
    this.rollout = rolloutOf(documents.get(controlTarget(key)));
    this.fields = new RunFields({ flow, key, subjects: this.#run.subjects, ring, documents });
  }

  /** Run at the revision that was read, or at the last revision that this session committed. */
  get run(): Run {
    return this.#run;
  }

  /** Key of the run document. */
  get target(): string {
    return runTarget(this.key);
  }

  /** Returns the run after an event. Nothing is stored. */
  transition(
    event: Event,
    clear: Situation['clear'] = {},
    now: number = this.ports.clock.now(),
  ): Transition {
    return transition(this.flow, this.#run, event, { clear, rollout: this.rollout, now });
  }

  /** Builds the commit of a transition of this run. */
  commitOf(after: Transition, clear: Situation['clear'], extras: CommitExtras): Commit {
    return commitOf({ flow: this.flow, before: this, after, clear, extras });
  }

  /** Returns the change that replaces the run document at the revision of this session. */
  change(run: Run): Change & { readonly op: 'replace' } {
    return runKind.replace(this.target, this.#at, run);
  }

  /** Sets the run and the revision that this session has committed. */
  advanceTo(run: Run, at: Revision): void {
    this.#run = run;
    this.#at = at;
  }
}

/**
 * Opens a session on a run in one batch of reads. The subject references in the message determine
 * the keys to read. If the stored run has different references, a second batch is read.
 *
 * @returns undefined if the run does not exist.
 */
export async function openSession(
  { ports, flow, message }: Pick<MessageContext, 'ports' | 'flow' | 'message'>,
  plan: LoadPlan,
): Promise<RunSession | undefined> {
  const key: RunKey = { automation: flow.name, workspace: message.workspace, run: message.run };
  const ring = new KeyRing({ workspace: key.workspace, keys: ports.keys, random: ports.random });
  const hints = Object.fromEntries(
    Object.keys(flow.subjects).map((subject, i) => [subject, message.subjectRefs[i] ?? '']),
  );
  const complete = Object.values(hints).every((ref) => ref !== '');
  const hintedKeys = complete ? RunFields.keyNames(flow, hints, plan.fields) : [];

  const targets = [
    runTarget(key),
    controlTarget(key),
    ...RunFields.targets(flow, key, plan.fields),
    ...plan.otherTargets(key),
    ...ring.targets(hintedKeys),
  ];

  const documents = new Map(await readAll(ports.ledger, [...new Set(targets)]));
  const document = documents.get(runTarget(key));
  if (document === undefined) return undefined;

  const { subjects } = runKind.body(document);
  const names = RunFields.keyNames(flow, subjects, plan.fields);
  const missing = ring.targets(names).filter((name) => !documents.has(name));

  for (const [name, found] of await readAll(ports.ledger, missing)) documents.set(name, found);

  await ring.load(documents);

  return new RunSession({ ports, flow, key, document, documents, ring, keyNames: names });
}

/** Returns the reason that a function does not continue a run of a different version. */
export function versionReason(flow: Pick<Flow, 'version' | 'definition'>, run: Run): string {
  const nameOf = ({ version, definition }: Pick<Flow, 'version' | 'definition'>) =>
    `version ${version} (${definition.slice(0, 12)})`;
  return `the run is pinned to ${nameOf(run)} of ${run.automation}; this function has ${nameOf(flow)}`;
}
