import { type Entry, functionOf, momentSchema } from '#shared/audit/index.ts';
import { doubtfulEntries, type RunKey } from '#shared/engine/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import { entriesOfRun, type Ledger, type TrailReader } from '#shared/ledger/index.ts';

/** Where the documents are that entries of a run are compared with. */
export interface Compared {
  readonly ledger: Pick<Ledger, 'read'>;
  readonly key: RunKey;
}

/**
 * A run's entries, oldest first, as sentences: when, who, what, why, what changed; and which of
 * them nobody can rely on, when compared.
 */
export async function timelineOf(
  trail: Pick<TrailReader, 'ofRun'>,
  run: string,
  compared?: Compared,
): Promise<string[]> {
  const stored = await entriesOfRun(trail, run);
  const entries = stored.map(({ bytes }) => parseJson(bytes) as unknown as Entry);
  const doubtful =
    compared === undefined
      ? undefined
      : await doubtfulEntries(compared.ledger, compared.key, entries);

  return entries.flatMap((entry) => [
    ...entryInWords(entry),
    ...(doubtful?.has(entry) ? [`${' '.repeat(14)}${doubtInWords(entry)}`] : []),
  ]);
}

/** What is told of an entry that nobody can rely on. */
export const doubtInWords = ({ writer }: Pick<Entry, 'writer'>): string =>
  `DOUBTFUL: ${functionOf(writer)} says so; it does not do this, or the documents tell otherwise`;

/** One entry: a line that says when, who and what, then one for each further thing to know. */
export function entryInWords(entry: Entry): string[] {
  const when = new Date(entry.time).toISOString().slice(11, 23);
  const step = entry.step === undefined ? '' : ` ${entry.step}`;
  const lines = [
    `${when}  ${tellerOf(entry).padEnd(40)} ${entry.action}${step}${entry.outcome === 'ok' ? '' : ` (${entry.outcome})`}`,
  ];
  const detail = (text: string) => lines.push(`${' '.repeat(14)}${text}`);

  for (const rule of entry.why?.rules ?? [])
    if (rule.hit) detail(`because ${rule.rule}: ${rule.says}`);

  for (const text of reasonInWords(entry)) detail(text);

  for (const decision of entry.why?.decisions ?? [])
    detail(`on the decision ${decision.split('#').at(-1)}`);

  if (entry.why?.rollout === 'shadow')
    detail('pretended: rollout is shadow, no gate waits and nothing is sent');

  if (entry.reads !== undefined)
    detail(`${entry.action.startsWith('gate.') ? 'was shown' : 'read'} ${entry.reads.join(', ')}`);

  for (const vendor of entry.vendors ?? []) {
    if (vendor.status !== undefined)
      detail(
        `called ${vendor.vendor} at ${vendor.host} with ${vendor.secret}: status ${vendor.status}`,
      );
  }

  const changed = (entry.changes ?? []).flatMap(({ target, diff = [] }) =>
    diff.map((one) => changeInWords(target, one)),
  );

  for (const text of fold(changed)) detail(text);

  return lines;
}

/**
 * Why it was done or refused, and by which policies. The reason of a refusal is what the person was
 * answered, so it stands as such.
 */
function reasonInWords({ action, actor, outcome, why = {} }: Entry): string[] {
  const by = why.policies === undefined ? '' : `by policy ${why.policies.join(', ')}`;
  const { code, reason } = why;
  if (outcome !== 'ok' && actor.kind === 'user') {
    const refused = [`refused as ${code ?? 'it is'}`, by].filter((text) => text !== '').join(', ');
    return reason === undefined ? [refused] : [refused, `answered: ${reason}`];
  }

  const because = reason === undefined ? [] : [`because ${reason}`];

  return action === 'gate.decide' && by !== '' ? [...because, by] : because;
}

/**
 * Who did it. That somebody did is what a function says; where that is another one, it is named as
 * well.
 */
function tellerOf({ actor, writer }: Entry): string {
  const teller = functionOf(writer);
  return teller === actor.id ? teller : `${actor.id} via ${teller}`;
}

type FieldDiff = NonNullable<NonNullable<Entry['changes']>[number]['diff']>[number];

function changeInWords(target: string, diff: FieldDiff): string {
  const [kind = '', , , id = ''] = target.split('#');
  if (kind === 'reservation') return reservationInWords(diff);
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

/** What was asked of a record's balances, and what became of it. */
function reservationInWords({ field, before, after }: FieldDiff): string {
  const record = decodeURIComponent(field);
  if (before !== undefined)
    return `${record}: ${RESERVED[String(before)] ?? before} → ${RESERVED[String(after)] ?? after}`;

  const { state, amounts } = after as { readonly state?: unknown; readonly amounts?: object };
  const asked = Object.entries(amounts ?? {}).map(([name, amount]) => `${amount} of its ${name}`);
  return `${record}: ${asked.join(' and ')} ${RESERVED[String(state)] ?? state}`;
}

/** States of a reservation. */
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

/** Several short changes on a line. */
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
