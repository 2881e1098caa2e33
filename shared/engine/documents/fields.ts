import type { Json } from '#shared/kernel/index.ts';
import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/** Clear values of one class of a run's fields. */
export type ClearBody = {
  readonly v: 'fields/1';
  readonly values: Readonly<Record<string, Json>>;
};

/** Sealed values of one class, by subject: the key commitment and the envelopes. */
export type SealedBody = {
  readonly v: 'fields/1';
  readonly subjects: Readonly<
    Record<string, { readonly kc: string; readonly values: Readonly<Record<string, string>> }>
  >;
};

/** Key of the fields of one class of a run. */
export const fieldsTarget = (key: RunKey, dataClass: string) =>
  joinTarget('fields', key, `${dataClass}#${key.run}`);

/** Fields of a clear class: `internal` or `public`. */
export const clearFieldsKind = /* @__PURE__ */ documentKind<ClearBody>({
  v: 'fields/1',
  members: { values: 'map' },
});

/** Fields of a sealed class. */
export const sealedFieldsKind = /* @__PURE__ */ documentKind<SealedBody>({
  v: 'fields/1',
  members: { subjects: 'maps' },
});
