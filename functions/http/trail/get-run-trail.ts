import * as z from 'zod/mini';
import { type Entry, entrySchema, type StoredEntry, sha256 } from '#shared/audit/index.ts';
import { type RunKey, target, workspaceTarget } from '#shared/engine/index.ts';
import type { Metrics } from '#shared/kernel/index.ts';
import { PAGE } from '../../middleware/http-page.ts';
import type { TrailPorts } from '../../middleware/http-ports.ts';
import { RequestRefusedError } from '../../middleware/http-problem.ts';
import { attributesOf, runOfDocument } from '../documents.ts';
import { endpoint, type Table } from '../endpoint.ts';
import { timeText } from '../forms.ts';
import { linkTo } from '../pages.ts';
import { RUN_REFERENCE, readRunReference } from '../references.ts';
import { runResource, soughtRun } from '../runs/run-view.ts';
import { seen } from '../seen.ts';

/** The most that one answer holds: entries, and bytes of them as they are stored. */
const [ENTRIES_MAX, BYTES_MAX] = [500, 2 * 1_024 * 1_024];

/** An entry, and the hash of its stored bytes, which are its canonical JSON (RFC 8785): anybody can compute it again. */
const item = z.strictObject({ entry: entrySchema, sha256: z.string() });
type Item = z.output<typeof item>;

const trailForm = z.strictObject({
  entries: z.array(item),
  /** Entries in the place of these that are not of the form of an entry: somebody should look. */
  unreadable: z.int(),
  /** For the entries after these. */
  cursor: z.optional(z.string()),
});

export const getRunTrail = () =>
  endpoint({
    method: 'GET',
    path: '/runs/{run}/trail',
    operationId: 'getRunTrail',
    summary: 'Gives the audit entries of a run, oldest first.',
    action: 'trail.read',
    takes: { path: z.strictObject({ run: RUN_REFERENCE }), query: z.strictObject({ cursor: PAGE.cursor }) },
    gives: { status: 200, json: trailForm, csv: ({ entries }) => tableOf(entries), refusals: ['request.cursor'] },
    async handle(call, { ledger, metrics, trail }: TrailPorts) {
      const key = readRunReference(call.given.path.run);
      const [document, workspace] = await ledger.read([target.run(key), workspaceTarget(key.workspace)]);
      const attributes = attributesOf(workspace, metrics);
      const run = runOfDocument(document, metrics);
      const found = run === undefined || attributes === undefined ? undefined : runResource(key, attributes, run);
      call.see('run.read', found, soughtRun(key, attributes));
      const resource = seen(found);
      call.may('trail.read', resource);
      call.may('field.read', resource, 'internal'); // entries hold internal fields before and after each change
      const stored = after(ofWorkspace(await trail.ofRun(key.run), key, metrics), call.given.query.cursor);
      const page = stored.slice(0, fitting(stored));
      const entries = page.flatMap(({ entry, bytes }) => (entry === undefined ? [] : [{ entry, sha256: sha256(bytes) }]));
      const last = page.at(-1);
      const cursor = last === undefined || page.length === stored.length ? undefined : cursorOf(last);
      return {
        body: { entries, unreadable: page.length - entries.length, ...(cursor === undefined ? {} : { cursor }) },
        headers: linkTo({}, cursor),
        told: {
          workspace: key.workspace,
          run: key.run,
          targets: [{ kind: 'run', id: key.run, rev: seen(document).rev }],
          classes: ['public', 'internal'],
        },
      };
    },
  });

/** A stored entry as it is read. `entry` is undefined for one that is not of the form of an entry. */
type Read = StoredEntry & { readonly entry: Entry | undefined };

/** Whoever may write entries chooses the run they are found by. Those of another workspace are not of this run. */
function ofWorkspace(stored: readonly StoredEntry[], { workspace }: RunKey, metrics: Metrics): Read[] {
  const read = stored.map((one) => ({ ...one, entry: readEntry(one.bytes) }));
  const own = read.filter(({ entry }) => entry === undefined || entry.workspace === workspace);
  const unreadable = own.filter(({ entry }) => entry === undefined).length;
  if (own.length < read.length) metrics.add('IndexMismatches', read.length - own.length);
  if (unreadable > 0) metrics.add('DocumentsUnreadable', unreadable);
  return own;
}

function readEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

/** Names an entry. Not sealed, as it tells only of what was shown. */
const cursorOf = ({ writer, n }: StoredEntry) => Buffer.from(`${n} ${writer}`).toString('base64url');

function after(stored: readonly Read[], cursor: string | undefined): readonly Read[] {
  if (cursor === undefined) return stored;
  const at = stored.findIndex((one) => cursorOf(one) === cursor);
  if (at === -1) throw new RequestRefusedError('request.cursor', 'the cursor is not one that a page of this list gave you');
  return stored.slice(at + 1);
}

/** How many of them one answer holds: at least one. */
function fitting(stored: readonly Read[]): number {
  let bytes = 0;
  const beyond = stored.findIndex((one, i) => {
    bytes += one.bytes.length;
    return i >= ENTRIES_MAX || (i > 0 && bytes > BYTES_MAX);
  });
  return beyond === -1 ? stored.length : beyond;
}

function tableOf(entries: readonly Item[]): Table {
  return {
    columns: ['time', 'action', 'outcome', 'actor', 'step', 'reason', 'targets', 'writer', 'n'],
    rows: entries.map(({ entry }) => [
      timeText(entry.time),
      entry.action,
      entry.outcome,
      entry.actor.id,
      entry.step,
      entry.why?.reason ?? entry.why?.code,
      entry.targets?.map(({ kind, id }) => `${kind} ${id}`).join('; '),
      entry.writer,
      entry.n,
    ]),
  };
}
