import { safeParse } from 'zod/v4/core';
import type { Diff } from '#shared/audit/index.ts';
import type { Field, Flow } from '#shared/automation/index.ts';
import {
  canonicalJson,
  type DataClass,
  describeIssues,
  isSealedClass,
  type Json,
  nonCanonicalReason,
  parseJson,
  type Random,
  type SealedClass,
} from '#shared/kernel/index.ts';
import type { Change, Document } from '#shared/ledger/index.ts';
import {
  type ClearBody,
  clearFieldsKind,
  fieldsTarget,
  type RunKey,
  sealedFieldsKind,
} from './documents/index.ts';
import { StepResultError } from './errors.ts';
import type { KeyName, KeyRing } from './key-ring.ts';
import { SealedDocument } from './sealed-document.ts';

/** Parts of a commit, and of its audit entry, that write fields. */
export interface WrittenFields {
  readonly changes: readonly Change[];
  readonly diffs: Readonly<Record<string, readonly Diff[]>>;
  readonly seals: Readonly<Record<string, string>>;
}

export interface RunFieldsOptions {
  readonly flow: Flow;
  readonly key: RunKey;
  /** References of the run's subjects, by name of the subject. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly ring: KeyRing;
  /** Documents of {@link RunFields.targets}, by key. A document may not exist. */
  readonly documents: ReadonlyMap<string, Document | undefined>;
}

/**
 * Fields of one run that one function may access: the documents of its declared data classes, read
 * in one batch. A sealed value is opened only when it is read.
 */
export class RunFields {
  readonly #flow: Flow;
  readonly #key: RunKey;
  readonly #subjects: Readonly<Record<string, string>>;
  readonly #ring: KeyRing;
  readonly #documents: ReadonlyMap<string, Document | undefined>;
  readonly #sealed = new Map<SealedClass, SealedDocument>();

  constructor({ flow, key, subjects, ring, documents }: RunFieldsOptions) {
    this.#flow = flow;
    this.#key = key;
    this.#subjects = subjects;
    this.#ring = ring;
    this.#documents = documents;
  }

  /**
   * Returns the keys of the documents that hold the fields `names`. The clear documents are always
   * included, because rules need them.
   */
  static targets(flow: Flow, key: RunKey, names: readonly string[]): string[] {
    const classes = new Set<DataClass>(clearClasses(flow));
    for (const name of names) classes.add(declaredField(flow, name).class);
    return [...classes].map((dataClass) => fieldsTarget(key, dataClass));
  }

  /** Returns the names of the data keys that open and seal the fields `names`. */
  static keyNames(
    flow: Flow,
    subjects: Readonly<Record<string, string>>,
    names: readonly string[],
  ): KeyName[] {
    return names.flatMap((name) => {
      const { class: dataClass, of } = declaredField(flow, name);
      const subject = of === undefined ? undefined : subjects[of];
      return isSealedClass(dataClass) && subject !== undefined
        ? [{ class: dataClass, subject }]
        : [];
    });
  }

  /**
   * Returns the value of a field; undefined when it is not set.
   *
   * @throws `step.result` when the field is not declared, `seal.broken`, `subject.erased`
   */
  get(name: string): Json | undefined {
    const field = declaredField(this.#flow, name);
    if (!isSealedClass(field.class)) {
      const { values } = this.#clearBody(field.class);
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      // a copy, so that a step that changes the value does not change the stored values
      return typeof value === 'object' ? structuredClone(value) : value;
    }

    return this.#sealedDocument(field.class).open(this.#subjectOf(field), name);
  }

  /** Returns all clear values, which rules and gates evaluate. */
  clear(): Record<string, Json | undefined> {
    return Object.assign(
      {},
      ...clearClasses(this.#flow).map((dataClass) => this.#clearBody(dataClass).values),
    );
  }

  /**
   * Prepares new values for a commit. Replaces only documents in which a field changes.
   */
  write(values: Readonly<Record<string, Json | undefined>>, random: Random): WrittenFields {
    const byClass = new Map<DataClass, [string, Json | undefined][]>();
    for (const [name, value] of Object.entries(values)) {
      const { class: dataClass } = declaredField(this.#flow, name);
      byClass.set(dataClass, [...(byClass.get(dataClass) ?? []), [name, value]]);
    }

    const changes: Change[] = [];
    const diffs: Record<string, Diff[]> = {};
    const seals: Record<string, string> = {};

    for (const [dataClass, pairs] of byClass) {
      const owner = fieldsTarget(this.#key, dataClass);
      const result = isSealedClass(dataClass)
        ? this.#seal(dataClass, pairs, random)
        : this.#setClear(dataClass, pairs);
      if (result.diff.length === 0) continue;

      diffs[owner] = result.diff;
      Object.assign(seals, result.seals);

      const stored = this.#documents.get(owner);
      changes.push(
        'values' in result.body
          ? clearFieldsKind.put(owner, stored, result.body)
          : sealedFieldsKind.put(owner, stored, result.body),
      );
    }

    return { changes, diffs, seals };
  }

  #seal(dataClass: SealedClass, pairs: readonly [string, Json | undefined][], random: Random) {
    const changes = pairs.map(([field, value]) => ({
      field,
      value,
      subject: this.#subjectOf(declaredField(this.#flow, field)),
    }));
    return this.#sealedDocument(dataClass).seal(changes, random);
  }

  #setClear(
    dataClass: DataClass,
    pairs: readonly [string, Json | undefined][],
  ): { body: ClearBody; diff: Diff[]; seals: Record<string, string> } {
    const values = { ...this.#clearBody(dataClass).values };
    const diff: Diff[] = [];

    for (const [field, after] of pairs) {
      const before = values[field];

      if (after === undefined) delete values[field];
      else values[field] = after;

      if (before !== after) diff.push({ field, before, after });
    }

    return { body: { v: 'fields/1', values }, diff, seals: {} };
  }

  #clearBody(dataClass: DataClass): ClearBody {
    const document = this.#documents.get(fieldsTarget(this.#key, dataClass));
    return document === undefined ? { v: 'fields/1', values: {} } : clearFieldsKind.body(document);
  }

  #sealedDocument(dataClass: SealedClass): SealedDocument {
    let document = this.#sealed.get(dataClass);
    if (document === undefined) {
      const owner = fieldsTarget(this.#key, dataClass);
      const stored = this.#documents.get(owner);
      const body = stored && sealedFieldsKind.body(stored);
      const location = { owner, workspace: this.#key.workspace, class: dataClass };

      document = new SealedDocument(location, body, (keyClass, subject) =>
        this.#ring.dataKey({ class: keyClass, subject }),
      );
      this.#sealed.set(dataClass, document);
    }

    return document;
  }

  #subjectOf(field: Field): string {
    const ref = field.of === undefined ? undefined : this.#subjects[field.of];
    if (ref === undefined) throw new StepResultError(`the run has no subject "${field.of}"`);
    return ref;
  }
}

/**
 * Returns the data classes of an automation's fields that are stored unencrypted. `internal` is
 * always included, so that every run has a fields document.
 */
function clearClasses(flow: Flow): DataClass[] {
  const hasPublic = Object.values(flow.fields).some((field) => field.class === 'public');
  return hasPublic ? ['internal', 'public'] : ['internal'];
}

function declaredField(flow: Flow, name: string): Field {
  const field = Object.hasOwn(flow.fields, name) ? flow.fields[name] : undefined;
  if (field === undefined)
    throw new StepResultError(`field "${name.slice(0, 64)}" is not declared`);
  return field;
}

/**
 * Checks values against the schemas of the automation's fields. Problems name fields and paths, and
 * never contain a value.
 *
 * @param names - Fields to expect. A field may be missing only if its schema allows `undefined`;
 *   any other field is a problem.
 * @returns the values as parsed by the schemas, and the problems.
 */
export function checkValues(
  flow: Flow,
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
): CheckedValues {
  return checkFieldValues(flow.fields, names, values);
}

export interface CheckedValues {
  readonly values: Record<string, Json | undefined>;
  readonly problems: readonly string[];
}

/** Like {@link checkValues}, for any set of fields. */
export function checkFieldValues(
  fields: Flow['fields'],
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
): CheckedValues {
  const checked: Record<string, Json | undefined> = {};
  const undeclared = Object.keys(values).filter((name) => !names.includes(name)).length;
  // undeclared names are counted but not quoted, because a name may itself be sensitive
  const problems =
    undeclared === 0
      ? []
      : [`${undeclared} undeclared; allowed are ${names.join(', ') || 'no fields'}`];

  for (const name of names) {
    const schema = fields[name]?.schema;
    if (schema === undefined)
      throw new StepResultError(`field "${name.slice(0, 64)}" is not declared`);

    const result = safeParse(schema, values[name]);
    if (!result.success) {
      problems.push(
        ...describeIssues(result.error, { schema, value: values[name], name: `field ${name}` }),
      );
      continue;
    }

    try {
      checked[name] = toPlainJson(result.data);
    } catch {
      problems.push(
        `field ${name} cannot be stored: it holds ${nonCanonicalReason(result.data) ?? 'what changes when it is read'}`,
      );
    }
  }

  return { values: checked, problems };
}

/**
 * Copies a value to plain JSON. The document and its audit entry then store the same bytes, even if
 * a getter returns another value on the second read.
 *
 * @throws `json.not-canonical` for a value that cannot be stored, such as a fraction, and the
 *   errors of getters.
 */
function toPlainJson(value: unknown): Json | undefined {
  if (
    value === undefined ||
    value === null ||
    typeof value === 'boolean' ||
    Number.isSafeInteger(value)
  )
    return value as Json;
  if (typeof value === 'string' && value.isWellFormed()) return value;

  return parseJson(canonicalJson(value as Json));
}
