import type { Entry } from '#shared/audit/index.ts';
import { parseJson } from '#shared/kernel/index.ts';
import type { TrailReader } from '#shared/ledger/index.ts';

/** A run's entries, oldest first, as sentences: when, who, what, why, what changed. */
export async function timelineOf(trail: TrailReader, run: string): Promise<string[]> {
  const entries = await trail.ofRun(run);
  return entries.flatMap(({ bytes }) => entryInWords(parseJson(bytes) as unknown as Entry));
}

/** One entry: a line that says when, who and what, then one for each further thing to know. */
export function entryInWords(entry: Entry): string[] {
  const when = new Date(entry.time).toISOString().slice(11, 23);
  const step = entry.step === undefined ? '' : ` ${entry.step}`;
  const lines = [`${when}  ${entry.actor.id.padEnd(34)} ${entry.action}${step}${entry.outcome === 'ok' ? '' : ` (${entry.outcome})`}`];
  const detail = (text: string) => lines.push(`${' '.repeat(14)}${text}`);
  for (const rule of entry.why?.rules ?? []) if (rule.hit) detail(`because ${rule.rule}: ${rule.says}`);
  if (entry.why?.reason !== undefined) detail(`because ${entry.why.reason}`);
  for (const decision of entry.why?.decisions ?? []) detail(`on the decision ${decision.split('#').at(-1)}`);
  if (entry.reads !== undefined) detail(`read ${entry.reads.join(', ')}`);
  for (const vendor of entry.vendors ?? []) {
    if (vendor.status !== undefined) detail(`called ${vendor.vendor} at ${vendor.host} with ${vendor.secret}: status ${vendor.status}`);
  }
  const changed = (entry.changes ?? []).flatMap(({ target, diff = [] }) =>
    diff.map((one) => changeInWords(target.split('#')[0] ?? '', one)),
  );
  for (const text of fold(changed)) detail(text);
  return lines;
}

type FieldDiff = NonNullable<NonNullable<Entry['changes']>[number]['diff']>[number];

function changeInWords(kind: string, diff: FieldDiff): string {
  const name = kind === 'fields' ? diff.field : `${kind} ${diff.field}`;
  if (diff.class !== undefined) return `${name} = [${diff.class}, sealed]`;
  if (diff.digestAfter !== undefined) return `${name} = [${diff.digestAfter.bytes} bytes, ${diff.digestAfter.sha256.slice(0, 8)}…]`;
  if (diff.field === 'finishedAt') return `${name} = ${new Date(Number(diff.after)).toISOString()}`;
  const [before, after] = [short(diff.before), short(diff.after)];
  return diff.before === undefined ? `${name} = ${after}` : `${name}: ${before} → ${after}`;
}

function short(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `${value.length} items`;
  if (typeof value === 'object' && value !== null && 'state' in value) return String(value.state);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

/** Several short changes on a line. */
function fold(changes: readonly string[]): string[] {
  const lines: string[] = [];
  for (const change of changes) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + change.length < 100) lines[lines.length - 1] = `${last}; ${change}`;
    else lines.push(change);
  }
  return lines.map((line, i) => (i === 0 ? `changed ${line}` : `        ${line}`));
}
