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

/**
 * Returns the data key of a subject for a class. Throws when the key is erased, missing or refused.
 */
export type DataKeyOf = (dataClass: SealedClass, subjectRef: string) => KeyObject;

/**
 * Sealed values of one class in one document. Each value is opened only when it is read, and can be
 * replaced without the others. The document key of a subject is derived once, on first use.
 */
export class SealedDocument {
  readonly #owner: string;
  readonly #workspace: string;
  readonly #class: SealedClass;
  readonly #body: SealedBody;
  readonly #dataKeyOf: DataKeyOf;
  readonly #keys = new Map<string, DocumentKey>();

  constructor(
    location: { readonly owner: string; readonly workspace: string; readonly class: SealedClass },
    body: SealedBody | undefined,
    dataKeyOf: DataKeyOf,
  ) {
    this.#owner = location.owner;
    this.#workspace = location.workspace;
    this.#class = location.class;
    this.#body = body ?? { v: 'fields/1', subjects: {} };
    this.#dataKeyOf = dataKeyOf;
  }

  /**
   * Returns the value of a field; undefined when the field is not set.
   *
   * @throws `seal.broken`, `subject.erased`
   */
  open(subject: string, field: string): Json | undefined {
    const stored = this.#body.subjects[subject];
    const envelope = stored?.values[field];
    if (stored === undefined || envelope === undefined) return undefined;

    const text = openValue(this.#keyOf(subject), fromBase64Url(stored.kc), field, envelope);
    try {
      return parseJson(text);
    } catch {
      throw new SealBrokenError(this.#owner, field);
    }
  }

  /**
   * Seals new values. The value `undefined` removes the field.
   *
   * @returns the complete new body, the diff, and the key commitments of the envelopes in the diff,
   *   by key id.
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
      const sealed = subjects[subject] ?? { kc, values: {} };
      if (sealed.kc !== kc) throw new SealBrokenError(this.#owner, field);

      subjects[subject] = sealed;

      const sealedBefore = sealed.values[field];
      const sealedAfter =
        value === undefined ? undefined : sealValue(key, field, canonicalJson(value), random);

      if (sealedAfter === undefined) delete sealed.values[field];
      else sealed.values[field] = sealedAfter;

      if (sealedBefore === undefined && sealedAfter === undefined) continue;

      seals[keyIdOf(key.kc)] = kc;
      diff.push({ field, class: this.#class, subject, sealedBefore, sealedAfter });
    }

    return { body: { v: 'fields/1', subjects }, diff, seals };
  }

  #keyOf(subject: string): DocumentKey {
    let key = this.#keys.get(subject);
    if (key === undefined) {
      key = deriveDocumentKey(this.#dataKeyOf(this.#class, subject), {
        workspace: this.#workspace,
        subject,
        class: this.#class,
        owner: this.#owner,
      });
      this.#keys.set(subject, key);
    }
    return key;
  }
}
