import type { KeyObject } from 'node:crypto';
import type { Flow } from '#shared/automation/index.ts';
import { subjectOfToken, tokenRow, tokenTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import {
  type DataClass,
  InvalidInputError,
  isSealedClass,
  type Json,
  newId,
} from '#shared/kernel/index.ts';
import { type Change, directoryName } from '#shared/ledger/index.ts';
import { type KeyName, KeyRing } from './key-ring.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';

/**
 * References of the subjects some input is about, the keys to seal it with, and what a commit has
 * to add.
 */
export interface ResolvedSubjects {
  readonly refs: Readonly<Record<string, string>>;
  readonly ring: KeyRing;
  /**
   * Directory rows to insert for newcomers. The keys the ring mints are to be added after sealing.
   */
  readonly rows: readonly Change[];
}

type Ports = Pick<EnginePorts, 'ledger' | 'keys' | 'random'>;

/**
 * Finds the subjects that `values` are about by what they are known by, in the workspace's
 * directory; a newcomer gets a random reference. Two starts may find the same newcomer at once: one
 * of their commits conflicts and is done again.
 *
 * @param subjects - Subjects by name and the field each is known by.
 * @throws {@link InvalidInputError} `subject.unknown-by` when that field is empty.
 * @throws `keys.refused` (refuse) when the directory holds another row in the place of one.
 */
export async function resolveSubjects(
  ports: Ports,
  workspace: string,
  subjects: Readonly<Record<string, string>>,
  fields: Flow['fields'],
  values: Readonly<Record<string, Json | undefined>>,
): Promise<ResolvedSubjects> {
  const tokenKey = await workspaceSecret(ports, workspace, 'token');

  const named = Object.entries(subjects).map(([subject, field]) => {
    const knownBy = values[field];
    if (typeof knownBy !== 'string' || knownBy === '') {
      throw new InvalidInputError(
        'subject.unknown-by',
        `subject ${subject} is known by field ${field}, which must be a text that is not empty`,
        { subject, field },
      );
    }

    // NFC and no more: two ways of writing one text are one subject; texts that only look alike can
    // be two people
    return { subject, token: tokenTarget(tokenKey, workspace, subject, knownBy.normalize('NFC')) };
  });

  const found = await readAll(ports.ledger, [...new Set(named.map(({ token }) => token))]);
  const refs: Record<string, string> = {};
  const rows: Change[] = [];
  const tokens = new Map<string, string>();

  for (const { subject, token } of named) {
    const standing = found.get(token);
    const known = standing === undefined ? undefined : subjectOfToken(token, standing.body);
    const ref = known ?? newId(ports.random);

    refs[subject] = ref;
    tokens.set(ref, token);

    if (known !== undefined) continue;

    const { target, body } = tokenRow(token, ref, ports.random);

    rows.push({ op: 'insert', target, as: directoryName(workspace, ports.random), body });
  }

  const ring = new KeyRing({ workspace, keys: ports.keys, random: ports.random, tokens });
  const names = keyNames(fields, refs);

  await ring.load(await readAll(ports.ledger, ring.targets(names)));

  // a newcomer's keys are minted at once, each with its directory row, so that shredding finds
  // everything from any of them
  const newcomers = new Set(
    rows.map((row) =>
      row.op === 'remove' ? '' : ((row.body as { subject?: string }).subject ?? ''),
    ),
  );

  for (const name of names) if (newcomers.has(name.subject)) ring.dataKey(name);

  return { refs, ring, rows };
}

/** Every data key that values of these fields may need. */
function keyNames(fields: Flow['fields'], refs: Readonly<Record<string, string>>): KeyName[] {
  const names = new Map<string, KeyName>();
  for (const { class: dataClass, of } of Object.values(fields)) {
    const subject = of === undefined ? undefined : refs[of];
    if (isSealedClass(dataClass) && subject !== undefined)
      names.set(`${dataClass} ${subject}`, { class: dataClass, subject });
  }
  return [...names.values()];
}

/**
 * A workspace's secret for a purpose, through the same short cache as its keys. @throws
 * `keys.missing`
 */
export async function workspaceSecret(
  { ledger, keys }: Pick<Ports, 'ledger' | 'keys'>,
  workspace: string,
  purpose: 'token' | 'run-id',
): Promise<KeyObject> {
  const context = { workspace, purpose };
  const cached = keys.cached(context);
  if (cached !== undefined) return cached;
  const [row] = await ledger.read([workspaceKeyTarget(context)]);
  return keys.unwrap(context, row?.body);
}

/** The classes of a list of fields, sorted, for an entry. */
export function classesOf(flow: Flow, names: Iterable<string>): DataClass[] {
  const classes = new Set<DataClass>();
  for (const name of names) classes.add(flow.fields[name]?.class ?? 'confidential');
  return [...classes].sort();
}
