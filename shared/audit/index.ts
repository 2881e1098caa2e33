/**
 * The audit entry: schema, bytes, catalogue of actions, and verification of a trail. Format:
 * docs/formats/entry.md.
 */
export { ACTIONS, type Action, isEmbeddedOnly } from './actions.ts';
export { functionOf, isAboutRun, isAttested, schemaProblem } from './attestors.ts';
export {
  type CurrentDocument,
  checkTrail,
  type StoredEntry,
  type TrailProblem,
  type TrailReport,
} from './check-trail.ts';
export { commitmentOf, sha256 } from './commitment.ts';
export {
  type Actor,
  actorSchema,
  type Diff,
  ENTRY_MAX_BYTES,
  type Entry,
  type EntryDraft,
  entrySchema,
  momentSchema,
  type RuleOutcome,
  VALUE_MAX_BYTES,
  type VendorUse,
  type Why,
} from './entry.ts';
export { EmbeddedOnlyError, EntryTooLargeError } from './errors.ts';
export {
  describeError,
  describeForeignError,
  type Frame,
  framesOf,
  redacted,
  redactFields,
  type SafeError,
} from './redaction.ts';
export { assignChanges, type EntryChange, type EntryIdentity, sealEntry } from './seal-entry.ts';
