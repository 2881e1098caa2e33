import type { Diff, EntryDraft } from '#shared/audit/index.ts';
import type { Field, Flow } from '#shared/automation/index.ts';
import { isSealedClass, type Json, type Random, type SealedClass } from '#shared/kernel/index.ts';
import { type Change, type Document, encodeId } from '#shared/ledger/index.ts';
import { type RecordBody, recordKind, recordTarget, type SealedBody } from './documents/index.ts';
import { StepResultError } from './errors.ts';
import type { KeyName, KeyRing } from './key-ring.ts';
import { checkFieldValues } from './run-fields.ts';
import type { RunSession } from './run-session.ts';
import { SealedDocument } from './sealed-document.ts';

/**
 * Encodes a record's id for its key. Composed and decomposed Unicode forms result in the same key.
 */
export const recordKey = (id: string) => encodeId(id.normalize('NFC'));

const sealedFields = (fields: Readonly<Record<string, Field>>) =>
  Object.entries(fields).flatMap(([name, field]) =>
    isSealedClass(field.class) ? [{ name, class: field.class }] : [],
  );

/**
 * Record operations of a step. Lookups are consistent reads; registrations are committed with the
 * step's result.
 */
export class StepRecords {
  readonly #session: RunSession;
  /**
   * Data keys that opened the values of records. A vendor request of the step may contain such
   * values, so it is sealed under these keys too.
   */
  readonly usedKeys: KeyName[] = [];
  /** Record documents to insert in the commit of the step's result, by key. */
  readonly registrations = new Map<string, Change>();
  /** Records that the step looked up, by key of their document, for its audit entry. */
  readonly lookups = new Map<
    string,
    { readonly kind: 'record'; readonly id: string; readonly rev: number }
  >();

  constructor(session: RunSession) {
    this.#session = session;
  }

  /**
   * Returns the values of a record; undefined if the record does not exist.
   *
   * @throws `seal.broken`, `subject.erased`
   */
  async find(
    collection: string,
    id: string,
  ): Promise<Record<string, Json | undefined> | undefined> {
    const [document] = await this.#read(collection, id);
    if (document === undefined) return undefined;

    const body = recordKind.body(document);
    const fields = this.#session.flow.records[collection]?.fields ?? {};
    const sealed = sealedFields(fields).filter(
      ({ class: dataClass }) => body.sealed?.[dataClass] !== undefined,
    );
    const { subject, sealed: bodies = {} } = body;
    if (sealed.length === 0 || subject === undefined) return { ...body.values };

    const names = sealed.map(({ class: dataClass }) => ({ class: dataClass, subject }));

    await this.#session.ring.fetch(this.#session.ports.ledger, names);
    this.usedKeys.push(...names);

    const values: Record<string, Json | undefined> = { ...body.values };
    for (const { name, class: dataClass } of sealed) {
      const location = {
        owner: document.target,
        workspace: this.#session.key.workspace,
        class: dataClass,
      };
      values[name] = new SealedDocument(location, bodies[dataClass], (keyClass, keySubject) =>
        this.#session.ring.dataKey({ class: keyClass, subject: keySubject }),
      ).open(subject, name);
    }

    return values;
  }

  /**
   * Registers a record for the run, if no run has registered it yet.
   *
   * @returns the id of the run that registered the record: this run or an earlier run.
   * @throws {@link StepResultError} when a value does not fit its field.
   */
  async claim(
    collection: string,
    id: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const [document, target] = await this.#read(collection, id);
    if (document !== undefined) return recordKind.body(document).run ?? '';

    const { run } = this.#session.key;
    const body: RecordBody = { v: 'record/1', run, values: this.#clearValues(collection, values) };
    this.registrations.set(target, recordKind.insert(target, body));

    return run;
  }

  /** Adds a record to {@link lookups}. */
  note(collection: string, id: string, document: Document): void {
    this.lookups.set(document.target, {
      kind: 'record',
      id: `${collection}.${recordKey(id)}`,
      rev: document.rev,
    });
  }

  /** Returns the values to store in a registered record: only the values of clear fields. */
  #clearValues(
    collection: string,
    values: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, Json>> | undefined {
    const names = Object.keys(values);
    if (names.length === 0) return undefined;

    const fields = this.#session.flow.records[collection]?.fields ?? {};
    const clear = Object.keys(fields).filter(
      (name) => !isSealedClass(fields[name]?.class ?? 'confidential'),
    );
    const checked = checkFieldValues(fields, clear, values);
    if (checked.problems.length > 0)
      throw new StepResultError(`a record of ${collection}: ${checked.problems.join('; ')}`);

    return Object.fromEntries(
      Object.entries(checked.values).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    );
  }

  async #read(collection: string, id: string): Promise<[Document | undefined, string]> {
    const target = recordTarget(this.#session.key, collection, recordKey(id));
    const [document] = await this.#session.ports.ledger.read([target]);
    if (document !== undefined) this.note(collection, id, document);

    return [document, target];
  }
}

export interface RecordChangeOptions {
  readonly flow: Flow;
  readonly workspace: string;
  readonly collection: string;
  /** Key of the record's document. */
  readonly target: string;
  /** Stored document of the record, if any. */
  readonly stored: Document | undefined;
  readonly values: Readonly<Record<string, Json | undefined>>;
  /** Subject of the record. Without a subject, sealed values are not stored. */
  readonly subject: string | undefined;
  /** Keys of the subject. The caller must commit the keys that sealing mints. */
  readonly ring: KeyRing;
  readonly random: Random;
}

/** Returns the change that inserts or replaces a record, with its evidence. */
export function recordChange({
  flow,
  workspace,
  collection,
  target,
  stored,
  values,
  subject,
  ring,
  random,
}: RecordChangeOptions): { change: Change; diff: Diff[]; seals: NonNullable<EntryDraft['seals']> } {
  const old = recordKind.find(stored); // an import also replaces a malformed record
  const fields = flow.records[collection]?.fields ?? {};
  const clear: Record<string, Json> = {};
  const diff: Diff[] = [];
  const seals: Record<string, string> = {};
  const sealed: Partial<Record<SealedClass, SealedBody>> = {};

  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || isSealedClass(fields[name]?.class ?? 'internal')) continue;
    clear[name] = value;
    const before = old?.values?.[name];
    diff.push({ field: name, before, after: value });
  }

  for (const dataClass of new Set(sealedFields(fields).map((field) => field.class))) {
    if (subject === undefined) break;

    // values of an earlier, erased subject with the same id are dropped
    const before = old?.subject === subject ? old?.sealed?.[dataClass] : undefined;
    const document = new SealedDocument(
      { owner: target, workspace, class: dataClass },
      before,
      (keyClass, keySubject) => ring.dataKey({ class: keyClass, subject: keySubject }),
    );

    const changes = sealedFields(fields)
      .filter((field) => field.class === dataClass && values[field.name] !== undefined)
      .map((field) => ({ subject, field: field.name, value: values[field.name] }));
    if (changes.length === 0) continue;

    const result = document.seal(changes, random);

    sealed[dataClass] = result.body;
    diff.push(...result.diff);
    Object.assign(seals, result.seals);
  }

  const body: RecordBody = { v: 'record/1', subject, values: clear, sealed };

  return { change: recordKind.put(target, stored, body), diff, seals };
}
