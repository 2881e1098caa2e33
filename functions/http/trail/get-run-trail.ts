import * as z from 'zod/mini';
import {
  ENTRY_MAX_BYTES,
  type Entry,
  entrySchema,
  functionOf,
  type StoredEntry,
  sha256,
} from '#shared/audit/index.ts';
import {
  doubtfulEntries,
  type RunKey,
  runTargetId,
  target,
  workspaceTarget,
} from '#shared/engine/index.ts';
import { type Metrics, parseJson } from '#shared/kernel/index.ts';
import { TRAIL_PAGE_MAX } from '#shared/ledger/index.ts';
import { assertFound } from '../../framework/http/assert-found.ts';
import { type Table, toCsv } from '../../framework/http/csv.ts';
import { endpoint } from '../../framework/http/endpoint.ts';
import { cursorsOf } from '../../framework/http/page.ts';
import { linkTo } from '../../framework/http/read-page.ts';
import { attributesOf, runOfDocument } from '../documents.ts';
import { RUN_REFERENCE, readRunReference } from '../references.ts';
import { runResource, soughtRun } from '../runs/run-view.ts';
import { timeText } from '../schemas.ts';
import type { TrailPorts } from './ports.ts';

const item = z.strictObject({
  entry: entrySchema,
  /**
   * SHA-256 of the stored bytes. The bytes are the canonical JSON (RFC 8785) of the entry, so
   * clients can verify the hash.
   */
  sha256: z.string(),
  /**
   * Set if the entry differs from the entries that its function writes for such an action, or if
   * the decisions it refers to do not match its claims. Such an entry is not reliable and should be
   * investigated.
   */
  doubtful: z.optional(z.literal(true)),
});
type Item = z.output<typeof item>;

export const trailSchema = z.strictObject({
  entries: z.array(item),
  /** Number of stored entries on this page that do not have the format of an entry. */
  unreadable: z.int(),
  /**
   * Cursor of the next page. It can be present even if this page is empty, because entries of
   * another run can precede the next entry of this run.
   */
  cursor: z.optional(z.string()),
});

export const getRunTrail = () =>
  endpoint({
    method: 'GET',
    path: '/runs/{run}/trail',
    operationId: 'getRunTrail',
    summary: 'Returns the audit entries of a run, oldest first.',
    action: 'trail.read',
    request: {
      path: z.strictObject({ run: RUN_REFERENCE }),
      query: z.strictObject({ cursor: CURSOR }),
    },
    response: {
      status: 200,
      json: trailSchema,
      csv: ({ entries }) => toCsv(tableOf(entries)),
      refusals: ['request.cursor'],
    },
    async handle(call, ports: TrailPorts) {
      const { ledger, metrics, trail } = ports;
      const key = readRunReference(call.given.path.run);
      const [document, workspace] = await ledger.read([
        target.run(key),
        workspaceTarget(key.workspace),
      ]);

      const attributes = attributesOf(workspace, metrics);
      const run = runOfDocument(document, metrics);
      const found =
        run === undefined || attributes === undefined
          ? undefined
          : runResource(key, attributes, run);

      call.requireVisible('run.read', found, soughtRun(key, attributes));

      const resource = assertFound(found);

      call.authorize('trail.read', resource);
      // Entries contain internal fields before and after each change.
      call.authorize('field.read', resource, 'internal');

      const cursors = cursorsOf(
        ports,
        call.by.person.id,
        `trail#${key.automation}#${key.workspace}#${key.run}`,
      );

      const { stored, next } = await storedPage(
        trail,
        key.run,
        await cursors.open(call.given.query.cursor),
      );

      const { items, unreadable } = entriesOf(stored, key, metrics);
      const doubtful = await doubtfulEntries(
        ledger,
        key,
        items.map(({ entry }) => entry),
      );

      const entries = items.map(
        (one): Item => (doubtful.has(one.entry) ? { ...one, doubtful: true } : one),
      );
      const cursor = next === undefined ? undefined : await cursors.seal(next);

      return {
        body: { entries, unreadable, cursor },
        headers: linkTo({}, cursor),
        audit: {
          workspace: key.workspace,
          run: key.run,
          targets: [{ kind: 'run', id: runTargetId(key), rev: assertFound(document).rev }],
          classes: ['public', 'internal'],
        },
      };
    },
  });

/**
 * Cursor of a trail. It is longer than the cursor of a list, because it contains the name of an
 * entry's writer, and the writer chooses most of that name.
 */
const CURSOR = z.optional(z.string().check(z.regex(/^[\w-]{1,4096}$/)));

/**
 * Limits of one answer: number of entries, bytes of stored entries, and the minimum remaining room
 * (in entries) for another read.
 */
const [ENTRIES_MAX, BYTES_MAX, ROOM_MIN] = [500, 2 * 1_024 * 1_024, 16];

/**
 * Reads the entries of one answer. The size of each ledger page cannot exceed the remaining bytes.
 */
async function storedPage(trail: TrailPorts['trail'], run: string, after: string | undefined) {
  const stored: StoredEntry[] = [];
  let [bytes, next] = [0, after];
  const room = () => Math.min(Math.floor((BYTES_MAX - bytes) / ENTRY_MAX_BYTES), TRAIL_PAGE_MAX);

  do {
    const page = await trail.ofRun(run, {
      after: next,
      limit: Math.min(ENTRIES_MAX - stored.length, room()),
    });

    stored.push(...page.entries);
    bytes += page.entries.reduce(
      (sum, one) => sum + Math.min(one.bytes.length, ENTRY_MAX_BYTES),
      0,
    );

    next = page.next;
  } while (next !== undefined && stored.length < ENTRIES_MAX && room() >= ROOM_MIN);

  return { stored, next };
}

/** Returns true for an entry that is larger than any that the ledger writes. It is not shown. */
const isTooLarge = ({ bytes }: StoredEntry) => bytes.length > ENTRY_MAX_BYTES;

/**
 * Selects the entries of a run from the entries that are indexed under it. The writer of an entry
 * chooses its index and its bytes; only the function that wrote it is certain. Entries are left out
 * if they are of another workspace or run, or if a function of another automation wrote them.
 * Unreadable entries among the rest are counted.
 */
function entriesOf(
  stored: readonly StoredEntry[],
  { automation, workspace, run }: RunKey,
  metrics: Metrics,
) {
  const items: Item[] = [];
  let [unreadable, mismatched] = [0, 0];

  for (const one of stored) {
    const fn = functionOf(one.writer);
    const isOfPlatform = !fn.includes('.');

    if (!isOfPlatform && !fn.startsWith(`${automation}.`)) mismatched++;
    else {
      const entry = readEntry(one);
      if (entry === undefined) unreadable++;
      else if (entry.workspace !== workspace || entry.run !== run) mismatched++;
      else items.push({ entry, sha256: sha256(one.bytes) });
    }
  }

  if (mismatched > 0) metrics.add('IndexMismatches', mismatched);

  if (unreadable > 0) metrics.add('DocumentsUnreadable', unreadable);

  return { items, unreadable };
}

/** Parses a stored entry; undefined if it is not an entry or does not match its position. */
function readEntry(stored: StoredEntry): Entry | undefined {
  if (isTooLarge(stored)) return undefined;
  try {
    const { success, data } = entrySchema.safeParse(parseJson(stored.bytes));
    return success && data.writer === stored.writer && data.n === stored.n ? data : undefined;
  } catch {
    return undefined;
  }
}

function tableOf(entries: readonly Item[]): Table {
  return {
    columns: [
      'time',
      'action',
      'outcome',
      'actor',
      'step',
      'code',
      'reason',
      'policies',
      'targets',
      'writer',
      'n',
      'doubtful',
    ],
    rows: entries.map(({ entry, doubtful }) => [
      timeText(entry.time),
      entry.action,
      entry.outcome,
      entry.actor.id,
      entry.step,
      entry.why?.code, // the outcome of a decision
      entry.why?.reason,
      entry.why?.policies?.join('; '),
      entry.targets?.map(({ kind, id }) => `${kind} ${id}`).join('; '),
      entry.writer,
      entry.n,
      doubtful === true ? 'yes' : '',
    ]),
  };
}
