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

/** A record's id as part of its key. The composed and the decomposed form of a text are one id. */
export const recordKey = (id: string) => encodeId(id.normalize('NFC'));

const sealedFields = (fields: Readonly<Record<string, Field>>) =>
  Object.entries(fields).flatMap(([name, field]) =>
    isSealedClass(field.class) ? [{ name, class: field.class }] : [],
  );

/**
 * Records as a step uses them: looked up consistently, registered in the commit of the step's
 * result.
 */
export class StepRecords {
  readonly #session: RunSession;
  /**
   * Data keys that looking records up has used: what the step knows now is sealed under them too.
   */
  readonly opened: KeyName[] = [];
  /** What the commit of the step's result adds to the register. */
  readonly registrations = new Map<string, Change>();
  /** The records that were looked at, for the entry. */
  readonly seen = new Map<
    string,
    { readonly kind: 'record'; readonly id: string; readonly rev: number }
  >();

  constructor(session: RunSession) {
    this.#session = session;
  }

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
    this.opened.push(...names);

    const values: Record<string, Json | undefined> = { ...body.values };
    for (const { name, class: dataClass } of sealed) {
      const place = {
        owner: document.target,
        workspace: this.#session.key.workspace,
        class: dataClass,
      };
      values[name] = new SealedDocument(place, bodies[dataClass], (c, s) =>
        this.#session.ring.dataKey({ class: c, subject: s }),
      ).open(subject, name);
    }

    return values;
  }

  async claim(
    collection: string,
    id: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const [document, at] = await this.#read(collection, id);
    if (document !== undefined) return recordKind.body(document).run ?? '';

    const kept = this.#clearValues(collection, values);
    this.registrations.set(
      at,
      recordKind.insert(at, { v: 'record/1', run: this.#session.key.run, values: kept }),
    );

    return this.#session.key.run;
  }

  /** Notes a record that was looked at, for the entry. */
  note(collection: string, id: string, document: Document): void {
    this.seen.set(document.target, {
      kind: 'record',
      id: `${collection}.${recordKey(id)}`,
      rev: document.rev,
    });
  }

  /** What an entered record keeps: values of the collection's clear fields, or nothing. */
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
    const at = recordTarget(this.#session.key, collection, recordKey(id));
    const [document] = await this.#session.ports.ledger.read([at]);
    if (document !== undefined) this.note(collection, id, document);
    return [document, at];
  }
}

/**
 * The change that puts one record in place, with its evidence. The subject's keys come with `ring`;
 * what it mints is the caller's to commit.
 */
export function recordChange(
  flow: Flow,
  at: {
    readonly target: string;
    readonly workspace: string;
    readonly collection: string;
    readonly standing: Document | undefined;
  },
  values: Readonly<Record<string, Json | undefined>>,
  subject: string | undefined,
  ring: KeyRing,
  random: Random,
): { change: Change; diff: Diff[]; seals: NonNullable<EntryDraft['seals']> } {
  const old = at.standing && recordKind.body(at.standing);
  const fields = flow.records[at.collection]?.fields ?? {};
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

    // values of an earlier, erased subject of the same id are not carried along
    const before = old?.subject === subject ? old?.sealed?.[dataClass] : undefined;
    const document = new SealedDocument(
      { owner: at.target, workspace: at.workspace, class: dataClass },
      before,
      (c, s) => ring.dataKey({ class: c, subject: s }),
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
  const change = recordKind.put(at.target, at.standing, body);

  return { change, diff, seals };
}
