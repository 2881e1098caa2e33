import type { KeyObject } from 'node:crypto';
import type { Diff } from '#shared/audit/index.ts';
import {
  type DocumentKey,
  deriveDocumentKey,
  fromBase64Url,
  keyIdOf,
  openValue,
  SealBrokenError,
  sealValue,
  toBase64Url,
} from '#shared/crypto/index.ts';
import {
  canonicalJson,
  type Json,
  parseJson,
  type Random,
  type SealedClass,
} from '#shared/kernel/index.ts';
import type { SealedBody } from './documents/index.ts';

/** Gives the data key of a subject for a class. Throws what stops it: erased, missing, refused. */
export type DataKeyOf = (dataClass: SealedClass, subjectRef: string) => KeyObject;

/**
 * The sealed values of one class in one document, opened and replaced one by one. The document's
 * keys are derived once per subject, on first use; a value nobody asks for is never opened.
 */
export class SealedDocument {
  readonly #owner: string;
  readonly #workspace: string;
  readonly #class: SealedClass;
  readonly #body: SealedBody;
  readonly #dataKeyOf: DataKeyOf;
  readonly #keys = new Map<string, DocumentKey>();

  constructor(
    place: { readonly owner: string; readonly workspace: string; readonly class: SealedClass },
    body: SealedBody | undefined,
    dataKeyOf: DataKeyOf,
  ) {
    this.#owner = place.owner;
    this.#workspace = place.workspace;
    this.#class = place.class;
    this.#body = body ?? { v: 'fields/1', subjects: {} };
    this.#dataKeyOf = dataKeyOf;
  }

  /**
   * The value of a field, or `undefined` when it was never set. @throws `seal.broken`,
   * `subject.erased`
   */
  open(subject: string, field: string): Json | undefined {
    const held = this.#body.subjects[subject];
    const envelope = held?.values[field];
    if (held === undefined || envelope === undefined) return undefined;

    const text = openValue(this.#keyOf(subject), fromBase64Url(held.kc), field, envelope);
    try {
      return parseJson(text);
    } catch {
      throw new SealBrokenError(this.#owner, field);
    }
  }

  /**
   * Seals new values. An `undefined` value takes the field away.
   *
   * @returns the whole new body, what changed, and the key commitments of every envelope that is
   *   named there.
   */
  seal(
    changes: readonly {
      readonly subject: string;
      readonly field: string;
      readonly value: Json | undefined;
    }[],
    random: Random,
  ): { body: SealedBody; diff: Diff[]; seals: Record<string, string> } {
    const subjects: Record<string, { kc: string; values: Record<string, string> }> = {};
    for (const [subject, { kc, values }] of Object.entries(this.#body.subjects))
      subjects[subject] = { kc, values: { ...values } };

    const diff: Diff[] = [];
    const seals: Record<string, string> = {};

    for (const { subject, field, value } of changes) {
      const key = this.#keyOf(subject);
      const kc = toBase64Url(key.kc);
      const held = subjects[subject] ?? { kc, values: {} };
      if (held.kc !== kc) throw new SealBrokenError(this.#owner, field);

      subjects[subject] = held;

      const sealedBefore = held.values[field];
      const sealedAfter =
        value === undefined ? undefined : sealValue(key, field, canonicalJson(value), random);

      if (sealedAfter === undefined) delete held.values[field];
      else held.values[field] = sealedAfter;

      if (sealedBefore === undefined && sealedAfter === undefined) continue;

      seals[keyIdOf(key.kc)] = kc;
      diff.push({ field, class: this.#class, subject, sealedBefore, sealedAfter });
    }

    return { body: { v: 'fields/1', subjects }, diff, seals };
  }

  #keyOf(subject: string): DocumentKey {
    let key = this.#keys.get(subject);
    if (key === undefined) {
      const place = { workspace: this.#workspace, subject, class: this.#class, owner: this.#owner };
      key = deriveDocumentKey(this.#dataKeyOf(this.#class, subject), place);
      this.#keys.set(subject, key);
    }
    return key;
  }
}
