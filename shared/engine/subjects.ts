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

/** Subjects that input values concern, with their keys. */
export interface ResolvedSubjects {
  /** References of the subjects, by name of the subject. */
  readonly refs: Readonly<Record<string, string>>;
  /** Keys that seal the values. The commit must also add the keys that sealing mints. */
  readonly ring: KeyRing;
  /** Directory rows of new subjects, which the commit must add. */
  readonly rows: readonly Change[];
}

type Ports = Pick<EnginePorts, 'ledger' | 'keys' | 'random'>;

export interface ResolveSubjectsOptions {
  readonly workspace: string;
  /** Field that identifies each subject, by name of the subject. */
  readonly subjects: Readonly<Record<string, string>>;
  readonly fields: Flow['fields'];
  readonly values: Readonly<Record<string, Json | undefined>>;
}

/**
 * Looks up the subjects of `values` in the workspace's directory, by their identifying fields. A
 * new subject gets a random reference. When two commits add the same new subject, one of them
 * conflicts and must be retried.
 *
 * @throws {@link InvalidInputError} `subject.unknown-by` when an identifying field is empty.
 * @throws `keys.refused` (refuse) when a directory row was replaced with a different row.
 */
export async function resolveSubjects(
  ports: Ports,
  { workspace, subjects, fields, values }: ResolveSubjectsOptions,
): Promise<ResolvedSubjects> {
  const tokenKey = await workspaceSecret(ports, workspace, 'token');

  const identified = Object.entries(subjects).map(([subject, field]) => {
    const knownBy = values[field];
    if (typeof knownBy !== 'string' || knownBy === '') {
      throw new InvalidInputError(
        'subject.unknown-by',
        `subject ${subject} is known by field ${field}, which must be a text that is not empty`,
        { subject, field },
      );
    }

    // NFC only: two encodings of one text identify one subject, but similar texts can identify two
    // people
    return { subject, token: tokenTarget(tokenKey, workspace, subject, knownBy.normalize('NFC')) };
  });

  const found = await readAll(ports.ledger, [...new Set(identified.map(({ token }) => token))]);
  const refs: Record<string, string> = {};
  const rows: Change[] = [];
  const tokens = new Map<string, string>();

  for (const { subject, token } of identified) {
    const row = found.get(token);
    const known = row === undefined ? undefined : subjectOfToken(token, row.body);
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

  // mint all keys of a new subject now, each with the directory row, so that shredding finds all
  // keys from any one key
  const newSubjects = new Set(
    rows.map((row) =>
      row.op === 'remove' ? '' : ((row.body as { subject?: string }).subject ?? ''),
    ),
  );

  for (const name of names) if (newSubjects.has(name.subject)) ring.dataKey(name);

  return { refs, ring, rows };
}

/** Returns the names of all data keys that values of these fields may need. */
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
 * Returns the secret of a workspace for one purpose, from the short-lived cache of its keys if
 * possible.
 *
 * @throws `keys.missing` when the workspace does not exist.
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

/** Returns the data classes of fields, sorted, for an audit entry. */
export function classesOf(flow: Flow, names: Iterable<string>): DataClass[] {
  const classes = new Set<DataClass>();
  for (const name of names) classes.add(flow.fields[name]?.class ?? 'confidential');
  return [...classes].sort();
}
