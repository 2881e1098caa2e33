import { canonicalJson, type Json, parseJson } from '#shared/kernel/index.ts';
import { type Entry, entrySchema } from './entry.ts';

/** A stored entry. */
export interface StoredEntry {
  readonly writer: string;
  readonly n: number;
  readonly bytes: Uint8Array;
}

/** Current state of a document: the result of the last entry that changed it. */
export interface CurrentDocument {
  readonly target: string;
  readonly rev: number;
  /** Commitment computed from the stored bytes. */
  readonly commitment: string;
  /** Commitment stored with the bytes; absent if it was not read. */
  readonly stored?: string;
}

export interface TrailProblem {
  readonly code:
    | 'entry-invalid'
    | 'entry-not-canonical'
    | 'entry-misplaced'
    | 'writer-gap'
    | 'chain-break'
    | 'state-untold'
    | 'state-changed'
    | 'state-missing';
  readonly message: string;
}

export interface TrailReport {
  readonly entries: number;
  readonly writers: number;
  /** Documents whose complete history is in the trail. */
  readonly documents: number;
  readonly bytes: number;
  readonly problems: readonly TrailProblem[];
}

type Link = {
  readonly rev: number;
  readonly before: string | null;
  readonly after: string | null;
  readonly where: string;
};

/**
 * Verifies a trail against itself and against the current documents.
 *
 * - Every entry matches the closed schema, is canonical, and is stored under the writer and number
 *   that it contains.
 * - Every writer's numbers run from 1 without a gap or a repetition.
 * - The changes of every document form one chain: revisions have no gaps, and each `beforeC` equals
 *   the previous `afterC`.
 * - The last `afterC` of every document equals the commitment of its current state and the
 *   commitment stored with it. A removed document no longer exists.
 *
 * Cannot detect: content of an entry (an actor, a reason, a value) replaced by other valid content;
 * missing entries at the end of a writer's sequence, if they changed no documents; and reads that
 * left no entry.
 *
 * @param onEntry - Called with each valid entry and its position, for further checks.
 */
export async function checkTrail(
  entries: AsyncIterable<StoredEntry> | Iterable<StoredEntry>,
  current: AsyncIterable<CurrentDocument> | Iterable<CurrentDocument>,
  onEntry?: (entry: Entry, where: string) => void,
): Promise<TrailReport> {
  const problems: TrailProblem[] = [];
  const numbers = new Map<string, number[]>();
  const chains = new Map<string, Link[]>();
  let count = 0;
  let size = 0;

  for await (const stored of entries) {
    count++;
    size += stored.bytes.length;

    const where = `${stored.writer} / ${stored.n}`;

    push(numbers, stored.writer, stored.n);

    const entry = readEntry(stored, where, problems);

    if (entry !== undefined) onEntry?.(entry, where);

    for (const change of entry?.changes ?? []) {
      push(chains, change.target, {
        rev: change.rev,
        before: change.beforeC,
        after: change.afterC,
        where,
      });
    }
  }

  for (const [writer, ns] of numbers) checkNumbers(writer, ns, problems);

  for (const [target, links] of chains) checkChain(target, links, problems);

  await checkCurrent(chains, current, problems);

  return { entries: count, writers: numbers.size, documents: chains.size, bytes: size, problems };
}

function readEntry(
  stored: StoredEntry,
  where: string,
  problems: TrailProblem[],
): Entry | undefined {
  let json: Json;
  try {
    json = parseJson(stored.bytes);

    if (canonicalJson(json) !== Buffer.from(stored.bytes).toString('utf8')) {
      problems.push({
        code: 'entry-not-canonical',
        message: `entry ${where} is not canonical JSON`,
      });
    }
  } catch {
    problems.push({ code: 'entry-invalid', message: `entry ${where} is not JSON` });
    return undefined;
  }

  const parsed = entrySchema.safeParse(json);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';

    problems.push({
      code: 'entry-invalid',
      message: `entry ${where} does not match the schema audit/1, at "${path}"`,
    });

    return undefined;
  }

  if (parsed.data.writer !== stored.writer || parsed.data.n !== stored.n) {
    problems.push({
      code: 'entry-misplaced',
      message: `entry ${where} claims to be ${parsed.data.writer} / ${parsed.data.n}`,
    });
  }

  return parsed.data;
}

function checkNumbers(writer: string, ns: number[], problems: TrailProblem[]): void {
  ns.sort((a, b) => a - b);

  for (let i = 0; i < ns.length; i++) {
    if (ns[i] === i + 1) continue;

    problems.push({
      code: 'writer-gap',
      message: `writer ${writer}: number ${i + 1} is missing or duplicated`,
    });

    return;
  }
}

function checkChain(target: string, links: Link[], problems: TrailProblem[]): void {
  links.sort((a, b) => a.rev - b.rev);

  let after: string | null = null;
  for (const [i, link] of links.entries()) {
    if (link.rev !== i + 1 || link.before !== after) {
      problems.push({
        code: 'chain-break',
        message: `${target}: the entry for revision ${i + 1} is missing or does not follow (${link.where})`,
      });
      return;
    }

    after = link.after;
  }
}

async function checkCurrent(
  chains: Map<string, Link[]>,
  current: AsyncIterable<CurrentDocument> | Iterable<CurrentDocument>,
  problems: TrailProblem[],
): Promise<void> {
  const expected = new Map<string, Link>();
  for (const [target, links] of chains) {
    const last = links.at(-1);
    if (last !== undefined && last.after !== null) expected.set(target, last);
  }

  for await (const document of current) {
    const last = expected.get(document.target);
    if (last === undefined || last.rev !== document.rev || last.after !== document.commitment) {
      problems.push({
        code: 'state-untold',
        message: `${document.target} revision ${document.rev}: no entry records the current state of the document`,
      });
    } else if (document.stored !== undefined && document.stored !== document.commitment) {
      problems.push({
        code: 'state-changed',
        message: `${document.target} revision ${document.rev}: the commitment stored beside the document does not match its bytes`,
      });
    }

    expected.delete(document.target);
  }

  for (const target of expected.keys()) {
    problems.push({
      code: 'state-missing',
      message: `${target}: the document exists in the trail, but not in the store`,
    });
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
