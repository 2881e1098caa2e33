import * as z from 'zod/mini';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { ACTIONS, type Action } from './actions.ts';

/** Maximum size of an entry, in bytes. A larger entry is refused, and nothing is stored. */
export const ENTRY_MAX_BYTES = 32_768;
/**
 * Maximum size of a value in an entry, in bytes. For a longer value, the length and hash are
 * recorded.
 */
export const VALUE_MAX_BYTES = 4_096;

const id = z.string().check(z.minLength(1), z.maxLength(256));
const text = z.string().check(z.maxLength(2_000));
const count = z.int().check(z.nonnegative());
/**
 * Milliseconds since the epoch, up to the end of the year 9999: the latest time that every date
 * parser accepts.
 */
export const momentSchema = count.check(z.maximum(253_402_300_799_999));
const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/));
const sha256 = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/**
 * Actor. `user`: a person, `link`: the holder of a link (reserved), `service`: a function of Writ.
 */
export const actorSchema = z.strictObject({
  kind: z.enum(['user', 'service', 'link']),
  id,
  /** Person or company that the actor represented. Reserved. */
  for: z.optional(id),
  /** Authentication of the actor; absent for a function, which is identified by its role. */
  auth: z.optional(id),
  session: z.optional(id),
  /** Coarse origin of the request: a country or `local`. */
  origin: z.optional(id),
});

/** Document that an action was about, in addition to the documents that it changed. */
const target = z.strictObject({ kind: id, id, rev: z.optional(count) });

/**
 * Outcome of a rule. Facts are public or internal values, or results of comparisons; `says`
 * describes a match.
 */
const ruleOutcome = z.strictObject({
  rule: id,
  hit: z.boolean(),
  facts: z.record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()])),
  says: z.optional(text),
});

const why = z.strictObject({
  policies: z.optional(z.array(id)),
  rules: z.optional(z.array(ruleOutcome)),
  /** Decision documents that the action relied on. */
  decisions: z.optional(z.array(id)),
  /** Current rollout stage. */
  rollout: z.optional(id),
  /**
   * Stable code and sentence: the reason for a refusal, retry or parking, or the reason that a
   * person gave.
   */
  code: z.optional(id),
  reason: z.optional(text),
});

/**
 * Length and SHA-256 of the stored bytes of a long value. For a sealed value, the stored bytes are
 * the envelope.
 */
const digest = z.strictObject({ bytes: count, sha256 });

/**
 * Values of one field before and after. Values of clear classes appear unchanged, and values of
 * sealed classes as the envelopes of the document.
 */
const diff = z
  .strictObject({
    field: id,
    class: z.optional(z.enum(SEALED_CLASSES)),
    subject: z.optional(id),
    before: z.optional(z.unknown()),
    after: z.optional(z.unknown()),
    sealedBefore: z.optional(base64url),
    sealedAfter: z.optional(base64url),
    digestBefore: z.optional(digest),
    digestAfter: z.optional(digest),
  })
  .check(
    z.refine((one) =>
      one.class === undefined
        ? one.sealedBefore === undefined && one.sealedAfter === undefined
        : one.before === undefined && one.after === undefined,
    ),
  );

/**
 * Change of one document. The commitments before and after form a chain through all entries that
 * changed it.
 */
const change = z.strictObject({
  target: z.string().check(z.minLength(1), z.maxLength(1_024)),
  /** Revision after the change, from 1; a removal counts as one. */
  rev: z.int().check(z.positive()),
  /** Null if the document did not exist. */
  beforeC: z.nullable(sha256),
  /** Null if the document was removed. */
  afterC: z.nullable(sha256),
  diff: z.optional(z.array(diff)),
});

/** Vendor call, without its content: destination, outcome, and hashes of request and response. */
const vendorUse = z.strictObject({
  vendor: id,
  /** Destination; absent if no call has been made yet. */
  host: z.optional(id),
  /** HTTP status; absent without a response. */
  status: z.optional(z.int()),
  /** Name of the secret that the vendor function used. */
  secret: z.optional(id),
  request: z.optional(sha256),
  response: z.optional(sha256),
  intent: z.optional(count),
});

/**
 * Members of an entry that the acting function provides: all except identity and changes, which the
 * ledger adds.
 */
const draftMembers = {
  workspace: id,
  client: z.optional(id),
  project: z.optional(id),
  /**
   * Case that the run belongs to, if it differs from the run. Reserved, like client and project.
   */
  case: z.optional(id),
  actor: actorSchema,
  action: z.enum(Object.keys(ACTIONS) as [Action, ...Action[]]),
  outcome: z.enum(['ok', 'denied', 'failed']),
  /** Classes of the data that was read or written. */
  classes: z.optional(z.array(z.enum(DATA_CLASSES))),
  targets: z.optional(z.array(target)),
  why: z.optional(why),
  /** Full key commitments of the envelopes among the changes, by key id. */
  seals: z.optional(z.record(base64url, sha256)),
  reads: z.optional(z.array(id)),
  secrets: z.optional(z.array(id)),
  vendors: z.optional(z.array(vendorUse)),
  run: z.optional(id),
  step: z.optional(id),
  attempt: z.optional(count),
  /** Run that started this one, and direction of the step. Reserved. */
  parent: z.optional(id),
  direction: z.optional(z.enum(['do', 'undo'])),
  /**
   * Number of occurrences within the minute, for actions that are counted instead of recorded
   * individually.
   */
  count: z.optional(count),
  trace: z.optional(id),
};

/**
 * Closed schema of the members that a function provides. Every draft is validated before its bytes
 * are built, because they cannot be changed later.
 */
export const draftSchema = z.strictObject(draftMembers);

/**
 * The audit entry, version 1. Stored as canonical JSON bytes, which are built exactly once.
 *
 * @see docs/formats/entry.md
 */
export const entrySchema = z.strictObject({
  ...draftMembers,
  v: z.literal('audit/1'),
  writer: id,
  n: z.int().check(z.positive()),
  /** Milliseconds since the epoch, UTC. */
  time: momentSchema,
  /** SHA-256 (hex) of the bundle of the function that wrote the entry. */
  bundle: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  changes: z.optional(z.array(change)),
});

export type Entry = z.infer<typeof entrySchema>;
export type Actor = z.infer<typeof actorSchema>;
export type Why = z.infer<typeof why>;
export type RuleOutcome = z.infer<typeof ruleOutcome>;
export type VendorUse = z.infer<typeof vendorUse>;
export type Diff = z.infer<typeof diff>;

/**
 * Draft of an entry. The ledger adds the members that a caller must not choose: writer, number,
 * time, bundle, and the commitments of the changes.
 */
export type EntryDraft = Omit<Entry, 'v' | 'writer' | 'n' | 'time' | 'bundle' | 'changes'> & {
  /**
   * Changed fields, by document. If no draft names a changed document, its change is recorded in
   * the first draft.
   */
  readonly diffs?: Readonly<Record<string, readonly Diff[]>>;
};
