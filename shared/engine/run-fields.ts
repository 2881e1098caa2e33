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

/** What writing fields adds to a commit and its entry. */
export interface WrittenFields {
  readonly changes: readonly Change[];
  readonly diffs: Readonly<Record<string, readonly Diff[]>>;
  readonly seals: Readonly<Record<string, string>>;
}

/**
 * The fields of one run as one function sees them: the documents of the classes it declared, read
 * in one batch. Sealed values are opened when they are asked for.
 */
export class RunFields {
  readonly #flow: Flow;
  readonly #key: RunKey;
  readonly #subjects: Readonly<Record<string, string>>;
  readonly #ring: KeyRing;
  readonly #documents: ReadonlyMap<string, Document | undefined>;
  readonly #sealed = new Map<SealedClass, SealedDocument>();

  constructor(
    flow: Flow,
    key: RunKey,
    subjects: Readonly<Record<string, string>>,
    ring: KeyRing,
    documents: ReadonlyMap<string, Document | undefined>,
  ) {
    this.#flow = flow;
    this.#key = key;
    this.#subjects = subjects;
    this.#ring = ring;
    this.#documents = documents;
  }

  /**
   * Keys of the fields documents that hold `names`; the clear ones are always among them, for
   * rules.
   */
  static targets(flow: Flow, key: RunKey, names: readonly string[]): string[] {
    const classes = new Set<DataClass>(clearClasses(flow));
    for (const name of names) classes.add(declared(flow, name).class);
    return [...classes].map((dataClass) => fieldsTarget(key, dataClass));
  }

  /** The data keys needed to open and seal `names`. */
  static keyNames(
    flow: Flow,
    subjects: Readonly<Record<string, string>>,
    names: readonly string[],
  ): KeyName[] {
    return names.flatMap((name) => {
      const { class: dataClass, of } = declared(flow, name);
      const subject = of === undefined ? undefined : subjects[of];
      return isSealedClass(dataClass) && subject !== undefined
        ? [{ class: dataClass, subject }]
        : [];
    });
  }

  /** The value of a field; `undefined` when it is not set. */
  get(name: string): Json | undefined {
    const field = declared(this.#flow, name);
    if (!isSealedClass(field.class)) {
      const { values } = this.#clearBody(field.class);
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      // a copy: who changes what was read must not change what is written
      return typeof value === 'object' ? structuredClone(value) : value;
    }

    return this.#sealedDocument(field.class).open(this.#subjectOf(field), name);
  }

  /** Every clear value: what rules and gates look at. */
  clear(): Record<string, Json | undefined> {
    return Object.assign(
      {},
      ...clearClasses(this.#flow).map((dataClass) => this.#clearBody(dataClass).values),
    );
  }

  /**
   * Prepares new values for a commit. A document is replaced only when one of its fields changes.
   */
  write(values: Readonly<Record<string, Json | undefined>>, random: Random): WrittenFields {
    const byClass = new Map<DataClass, [string, Json | undefined][]>();
    for (const [name, value] of Object.entries(values)) {
      const { class: dataClass } = declared(this.#flow, name);
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
      subject: this.#subjectOf(declared(this.#flow, field)),
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

      if (before !== after)
        diff.push({
          field,
          before,
          after,
        });
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
      const place = { owner, workspace: this.#key.workspace, class: dataClass };

      document = new SealedDocument(place, body, (keyClass, subject) =>
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
 * The clear classes an automation has fields of; `internal` always, so that a run has one fields
 * document at least.
 */
function clearClasses(flow: Flow): DataClass[] {
  const hasPublic = Object.values(flow.fields).some((field) => field.class === 'public');
  return hasPublic ? ['internal', 'public'] : ['internal'];
}

function declared(flow: Flow, name: string): Field {
  const field = Object.hasOwn(flow.fields, name) ? flow.fields[name] : undefined;
  if (field === undefined)
    throw new StepResultError(`field "${name.slice(0, 64)}" is not declared`);
  return field;
}

/**
 * Checks values against the declared schemas. Says what is missing or wrong and where, never the
 * value.
 *
 * @param names - The fields that must be there (those whose schema allows `undefined` may be
 *   missing); no others may.
 * @returns the values as the schemas give them, and the problems in words.
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

/** {@link checkValues} for any set of fields. */
export function checkFieldValues(
  fields: Flow['fields'],
  names: readonly string[],
  values: Readonly<Record<string, unknown>>,
): CheckedValues {
  const checked: Record<string, Json | undefined> = {};
  const undeclared = Object.keys(values).filter((name) => !names.includes(name)).length;
  // not named: a name that nobody declared may be a value
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
      checked[name] = plain(result.data);
    } catch {
      problems.push(
        `field ${name} cannot be stored: it holds ${nonCanonicalReason(result.data) ?? 'what changes when it is read'}`,
      );
    }
  }

  return { values: checked, problems };
}

/**
 * The value as plain data of its own: what goes into the document and into its entry is then the
 * same, whatever the value's getters would have answered the second time.
 *
 * @throws `json.not-canonical` for what cannot be stored, such as a number that is no integer;
 *   and what getters throw.
 */
function plain(value: unknown): Json | undefined {
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
