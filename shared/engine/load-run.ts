import type { Flow } from '#shared/automation/index.ts';
import type { Change, Document, Message, Revision } from '#shared/ledger/index.ts';
import {
  type Rollout,
  type Run,
  type RunKey,
  rolloutOf,
  runKind,
  runOf,
  target,
} from './documents/index.ts';
import { type KeyName, KeyRing } from './key-ring.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { RunFields } from './run-fields.ts';

/**
 * What to load of a run: the fields a function may read and write, and other documents of the run.
 */
export interface LoadPlan {
  readonly fields: readonly string[];
  readonly others: (key: RunKey) => readonly string[];
}

/**
 * A run as one function sees it: its document, the control in force, the fields it declared, their
 * keys.
 */
export class LoadedRun {
  readonly key: RunKey;
  readonly fields: RunFields;
  readonly ring: KeyRing;
  readonly keyNames: readonly KeyName[];
  readonly rollout: Rollout;
  readonly documents: ReadonlyMap<string, Document | undefined>;
  #run: Run;
  #at: Revision;

  constructor(
    flow: Flow,
    key: RunKey,
    document: Document,
    documents: ReadonlyMap<string, Document | undefined>,
    ring: KeyRing,
    keyNames: readonly KeyName[],
  ) {
    this.key = key;
    this.ring = ring;
    this.keyNames = keyNames;
    this.documents = documents;
    this.#run = runOf(document);
    this.#at = document;
    this.rollout = rolloutOf(documents.get(target.control(key)));
    this.fields = new RunFields(flow, key, this.#run.subjects, ring, documents);
  }

  get run(): Run {
    return this.#run;
  }

  get target(): string {
    return target.run(this.key);
  }

  /** The replacement of the run document, from the revision that was last seen. */
  change(run: Run): Change & { readonly op: 'replace' } {
    return runKind.replace(this.target, this.#at, run);
  }

  /** Takes over what this function has just committed itself. */
  moveOn(run: Run, at: Revision): void {
    this.#run = run;
    this.#at = at;
  }
}

/**
 * Loads a run in one batch of reads. The message says which subjects' keys to bring along; it is a
 * hint, so the stored run is what counts, and one more batch is read when they differ.
 *
 * @returns undefined when there is no such run.
 */
export async function loadRun(
  ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>,
  flow: Flow,
  message: Pick<Message, 'run' | 'workspace' | 'subjectRefs'>,
  plan: LoadPlan,
): Promise<LoadedRun | undefined> {
  const key: RunKey = { automation: flow.name, workspace: message.workspace, run: message.run };
  const ring = new KeyRing(key.workspace, ports.keys, ports.random);
  const hinted = Object.fromEntries(
    Object.keys(flow.subjects).map((subject, i) => [subject, message.subjectRefs[i] ?? '']),
  );
  const complete = Object.values(hinted).every((ref) => ref !== '');
  const guess = complete ? RunFields.keyNames(flow, hinted, plan.fields) : [];

  const targets = [
    target.run(key),
    target.control(key),
    ...RunFields.targets(flow, key, plan.fields),
    ...plan.others(key),
    ...ring.targets(guess),
  ];

  const documents = new Map(await readAll(ports.ledger, [...new Set(targets)]));
  const document = documents.get(target.run(key));
  if (document === undefined) return undefined;

  const { subjects } = runOf(document);
  const names = RunFields.keyNames(flow, subjects, plan.fields);
  const missing = ring.targets(names).filter((name) => !documents.has(name));

  for (const [name, found] of await readAll(ports.ledger, missing)) documents.set(name, found);

  await ring.load(documents);

  return new LoadedRun(flow, key, document, documents, ring, names);
}

/** Says why a function of one version does not continue a run of another. */
export function versionReason(flow: Pick<Flow, 'version' | 'definition'>, run: Run): string {
  const nameOf = ({ version, definition }: Pick<Flow, 'version' | 'definition'>) =>
    `version ${version} (${definition.slice(0, 12)})`;
  return `the run is pinned to ${nameOf(run)} of ${run.automation}; this function has ${nameOf(flow)}`;
}
