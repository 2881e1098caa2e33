import * as z from 'zod/mini';
import { DATA_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { ACTIONS, type Action } from './actions.ts';

/** The most an entry may have, in bytes. A larger one is refused before anything is stored. */
export const ENTRY_MAX_BYTES = 32_768;
/** A value longer than this stands in an entry as its length and hash, in bytes. */
export const VALUE_MAX_BYTES = 4_096;

const id = z.string().check(z.minLength(1), z.maxLength(256));
const text = z.string().check(z.maxLength(2_000));
const count = z.int().check(z.nonnegative());
/**
 * Milliseconds since the epoch, to the end of the year 9999: the last moment that every reader of
 * dates knows.
 */
export const momentSchema = count.check(z.maximum(253_402_300_799_999));
const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/));
const sha256 = z.string().check(z.regex(/^[A-Za-z0-9_-]{43}$/));

/** Who acted. `user`: a person, `link`: the holder of a link, `service`: a function of Writ. */
export const actorSchema = z.strictObject({
  kind: z.enum(['user', 'service', 'link']),
  id,
  /** The person or company the actor stood in for. */
  for: z.optional(id),
  /** How the actor proved who they are; absent for a function, which its role proves. */
  auth: z.optional(id),
  session: z.optional(id),
  /** Where the request came from, coarsely: a country or `local`. */
  origin: z.optional(id),
});

/** A document an action was about, beside those it changed. */
const target = z.strictObject({ kind: id, id, rev: z.optional(count) });

/**
 * What a rule gave: its facts are public or internal values, or results of comparisons; `says` puts
 * a hit in words.
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
  /** The decision documents that were acted on. */
  decisions: z.optional(z.array(id)),
  /** The rollout stage that was in force. */
  rollout: z.optional(id),
  /**
   * A stable code and a sentence: why something was refused, retried or parked, or the reason a
   * person gave.
   */
  code: z.optional(id),
  reason: z.optional(text),
});

/** Length and SHA-256 of the stored bytes of a long value: of the envelope when it is sealed. */
const digest = z.strictObject({ bytes: count, sha256 });

/**
 * Before and after of one field. Clear classes stand as values, sealed ones as the envelopes the
 * document holds.
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
 * One document that changed: its commitment before and after makes a chain through every entry that
 * touched it.
 */
const change = z.strictObject({
  target: z.string().check(z.minLength(1), z.maxLength(1_024)),
  /** The revision after the change, from 1; a removal counts as one. */
  rev: z.int().check(z.positive()),
  /** null: the document did not exist. */
  beforeC: z.nullable(sha256),
  /** null: the document was removed. */
  afterC: z.nullable(sha256),
  diff: z.optional(z.array(diff)),
});

/**
 * A vendor call, told without its content: where to, how it ended, and hashes of what went out and
 * came back.
 */
const vendorUse = z.strictObject({
  vendor: id,
  /** Where the call went; absent when it has not gone anywhere yet. */
  host: z.optional(id),
  /** HTTP status; absent when no answer came. */
  status: z.optional(z.int()),
  /** Name of the secret the vendor function used. */
  secret: z.optional(id),
  request: z.optional(sha256),
  response: z.optional(sha256),
  intent: z.optional(count),
});

/**
 * What the function that acts says of it: everything but the entry's identity and the changes,
 * which the ledger adds.
 */
const said = {
  workspace: id,
  client: z.optional(id),
  project: z.optional(id),
  /** The case the run belongs to, when it is not the run itself. */
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
  /** The run that started this one, and whether a step was done or undone. */
  parent: z.optional(id),
  direction: z.optional(z.enum(['do', 'undo'])),
  /** How many times this happened in the minute, for what is counted instead of told one by one. */
  count: z.optional(count),
  trace: z.optional(id),
};

/**
 * {@link said}, closed: what every draft is checked against before it becomes bytes that nobody can
 * take back.
 */
export const draftSchema = z.strictObject(said);

/**
 * The audit entry, version 1. Stored as canonical JSON bytes that are built once and never again.
 *
 * @see docs/formats/entry.md
 */
export const entrySchema = z.strictObject({
  ...said,
  v: z.literal('audit/1'),
  writer: id,
  n: z.int().check(z.positive()),
  /** Milliseconds since the epoch, UTC. */
  time: momentSchema,
  /** SHA-256 (hex) of the bundle of the function that wrote this. */
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
 * What a caller says of an action. The ledger adds what a caller must not choose: writer, number,
 * time, bundle, and the commitments of what changed.
 */
export type EntryDraft = Omit<Entry, 'v' | 'writer' | 'n' | 'time' | 'bundle' | 'changes'> & {
  /**
   * Field by field, what changed in which document. Each changed document not named in any draft is
   * told by the first.
   */
  readonly diffs?: Readonly<Record<string, readonly Diff[]>>;
};
