import { type Entry, functionOf, momentSchema } from '#shared/audit/index.ts';
import { doubtfulEntries, type RunKey } from '#shared/engine/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { entriesOfRun, type Ledger, type TrailReader } from '#shared/ledger/index.ts';

/** Documents with which the entries of a run are compared. */
export interface RunDocuments {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly key: RunKey;
}

/**
 * Formats the entries of a run for people, oldest first: time, actor, action, reason and changes.
 *
 * @param documents - Documents to compare the entries with. Doubtful entries are marked.
 */
export async function formatTimeline(
  trail: Pick<TrailReader, 'ofRun'>,
  run: string,
  documents?: RunDocuments,
): Promise<string[]> {
  const stored = await entriesOfRun(trail, run);
  const entries = stored.map(({ bytes }) => parseJson(bytes) as unknown as Entry);
  const doubtful =
    documents === undefined
      ? undefined
      : await doubtfulEntries(documents.ledger, documents.key, entries);

  return entries.flatMap((entry) =>
    doubtful?.has(entry)
      ? [...formatEntry(entry), `${' '.repeat(14)}${formatDoubt(entry)}`]
      : formatEntry(entry),
  );
}

/** Formats the warning about an entry that must not be relied on. */
export const formatDoubt = ({ writer }: Pick<Entry, 'writer'>): string =>
  `DOUBTFUL: ${functionOf(writer)} does not write such entries, or the documents contradict it`;

/**
 * Formats an entry: one line with time, actor and action, then one line for each further detail.
 */
export function formatEntry(entry: Entry): string[] {
  const when = new Date(entry.time).toISOString().slice(11, 23);
  const step = entry.step === undefined ? '' : ` ${entry.step}`;
  const lines = [
    `${when}  ${actorOf(entry).padEnd(40)} ${entry.action}${step}${entry.outcome === 'ok' ? '' : ` (${entry.outcome})`}`,
  ];
  const detail = (text: string) => lines.push(`${' '.repeat(14)}${text}`);

  for (const rule of entry.why?.rules ?? [])
    if (rule.hit) detail(`because ${rule.rule}: ${rule.says}`);

  for (const text of formatReason(entry)) detail(text);

  for (const decision of entry.why?.decisions ?? [])
    detail(`on the decision ${decision.split('#').at(-1)}`);

  if (isPretended(entry)) detail('pretended: the rollout is shadow, so no vendor was called');

  if (entry.reads !== undefined)
    detail(`${entry.action.startsWith('gate.') ? 'was shown' : 'read'} ${entry.reads.join(', ')}`);

  for (const vendor of entry.vendors ?? []) {
    if (vendor.status !== undefined)
      detail(
        `called ${vendor.vendor} at ${vendor.host} with ${vendor.secret}: status ${vendor.status}`,
      );
  }

  const changed = (entry.changes ?? []).flatMap(({ target, diff = [] }) =>
    diff.map((change) => formatChange(target, change)),
  );

  for (const text of fold(changed)) detail(text);

  return lines;
}

/**
 * Checks whether the entry is about a step that ran its `pretend` instead of its effect. Only the
 * change of the run document shows this: under the rollout `shadow`, other entries are about real
 * work.
 */
function isPretended({ action, step, changes = [] }: Entry): boolean {
  if (action !== 'step.done' || step === undefined) return false;

  const diffs = changes
    .filter(({ target }) => target.startsWith('run#'))
    .flatMap(({ diff = [] }) => diff);

  return diffs.some(
    ({ field, after }) =>
      field === `steps.${step}` &&
      typeof after === 'object' &&
      after !== null &&
      'pretended' in after &&
      after.pretended === true,
  );
}

/** Formats the reason that an action happened or was refused, and the policies that decided. */
function formatReason({ action, actor, outcome, why = {} }: Entry): string[] {
  const by = why.policies === undefined ? '' : `by policy ${why.policies.join(', ')}`;
  const { code, reason } = why;
  if (outcome !== 'ok' && actor.kind === 'user') {
    const refused = [`refused: ${code ?? 'no code'}`, by].filter((text) => text !== '').join(', ');
    return reason === undefined ? [refused] : [refused, `answered: ${reason}`];
  }

  const because = reason === undefined ? [] : [`because ${reason}`];

  return action === 'gate.decide' && by !== '' ? [...because, by] : because;
}

/** Formats the actor, followed by the function that wrote the entry if it is not the actor. */
function actorOf({ actor, writer }: Entry): string {
  const fn = functionOf(writer);
  return fn === actor.id ? fn : `${actor.id} via ${fn}`;
}

type FieldDiff = NonNullable<NonNullable<Entry['changes']>[number]['diff']>[number];

function formatChange(target: string, diff: FieldDiff): string {
  const [kind = '', , , id = ''] = target.split('#');
  if (kind === 'reservation') return formatReservation(diff);
  if (kind === 'balance')
    return `${decodeURIComponent(id)}: used of its ${diff.field} ${diff.before ?? 0} → ${diff.after}`;

  const name = kind === 'fields' ? diff.field : `${kind} ${diff.field}`;
  if (diff.class !== undefined) return `${name} = [${diff.class}, sealed]`;
  if (diff.digestAfter !== undefined)
    return `${name} = [${diff.digestAfter.bytes} bytes, ${diff.digestAfter.sha256.slice(0, 8)}…]`;
  if (kind === 'run' && diff.field === 'finishedAt' && isMoment(diff.after))
    return `${name} = ${new Date(diff.after).toISOString()}`;

  const [before, after] = [short(diff.before), short(diff.after)];

  return diff.before === undefined ? `${name} = ${after}` : `${name}: ${before} → ${after}`;
}

/** Formats a reservation on a record's balances and its outcome. */
function formatReservation({ field, before, after }: FieldDiff): string {
  const record = decodeURIComponent(field);
  if (before !== undefined)
    return `${record}: ${RESERVED[String(before)] ?? before} → ${RESERVED[String(after)] ?? after}`;

  const { state, amounts } = after as { readonly state?: unknown; readonly amounts?: object };
  const asked = Object.entries(amounts ?? {}).map(([name, amount]) => `${amount} of its ${name}`);
  return `${record}: ${asked.join(' and ')} ${RESERVED[String(state)] ?? state}`;
}

/** Texts for the states of a reservation. */
const RESERVED: Readonly<Record<string, string>> = {
  held: 'reserved',
  short: 'asked for and not reserved',
  credit: 'to be credited',
  drawn: 'drawn',
  released: 'given back',
};

const isMoment = (value: unknown): value is number => momentSchema.safeParse(value).success;

function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? 'item' : 'items'}`;
  if (typeof value === 'object' && value !== null && 'state' in value) return String(value.state);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

/** Joins short changes into lines of about 100 characters. */
function fold(changes: readonly string[]): string[] {
  const lines: string[] = [];
  for (const change of changes) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + change.length < 100)
      lines[lines.length - 1] = `${last}; ${change}`;
    else lines.push(change);
  }

  return lines.map((line, i) => (i === 0 ? `changed ${line}` : `        ${line}`));
}
