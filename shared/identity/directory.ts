import {
  type Attributes,
  BUILT_IN_ROLES,
  checkAttributes,
  checkRole,
} from '#shared/access/index.ts';
import type { Actor, EntryDraft } from '#shared/audit/index.ts';
import { tokenRow, type WorkspaceKeys } from '#shared/crypto/index.ts';
import { isReservedWorkspace, KeyRing, SealedDocument } from '#shared/engine/index.ts';
import {
  assertName,
  canonicalJson,
  InvalidInputError,
  isVisible,
  isWritError,
  type Json,
  newId,
  type Random,
  textProblem,
} from '#shared/kernel/index.ts';
import { type Change, directoryName, type Ledger } from '#shared/ledger/index.ts';
import { PersonTakenError } from './errors.ts';
import { type Account, loginTarget, subjectSchema } from './login.ts';
import { directoryTarget, indexKeys, PEOPLE, type PersonBody } from './person.ts';

export interface DirectoryPorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
  readonly random: Random;
}

/** What is personal of a person, opened. */
export interface PersonalData {
  readonly name?: string;
  readonly email?: string;
}

/** Somebody to be put into the directory. */
export interface NewPerson extends PersonalData {
  /**
   * @default a random one. 1 to 64 lower-case letters, digits and hyphens; it stands in entries,
   *   so it says nothing about who it is.
   */
  readonly id?: string;
  readonly login: Account;
  /** At most 16. */
  readonly roles: readonly string[];
  /** At most 200. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes?: Attributes;
}

/** Who did it, and as what. */
export interface EnrolmentContext {
  readonly actor: Actor;
  readonly action: 'person.seed' | 'person.first-admin';
  /** Of the request. */
  readonly trace?: string;
}

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const NAME_MAX = 200;
const NAME = /^[^\p{C}]+$/u;
const EMAIL = /^[^\p{C}\s@]{1,64}@[^\p{C}\s@]{1,188}$/u;
const [ROLES_MAX, WORKSPACES_MAX] = [16, 200];

/**
 * Puts a person into the directory: their document, the row that leads from their login to it, and
 * the keys their name is sealed with, in one commit with its entry.
 *
 * @throws `person.taken` (refuse): id or login is in the directory. `person.invalid`,
 *   `attributes.invalid`, `name.invalid` (refuse).
 * @throws `keys.missing` (refuse) while there is no workspace {@link PEOPLE}, and what the ledger
 *   throws.
 */
export async function enrol(
  ports: DirectoryPorts,
  person: NewPerson,
  as: EnrolmentContext,
): Promise<PersonBody> {
  const { body, changes, entry } = await enrolment(ports, person, as);
  try {
    await ports.ledger.commit({ changes, entries: [entry] });
  } catch (error) {
    const targets = changes.map(({ target }) => target);
    if (
      isWritError(error, 'ledger.conflict') &&
      (await ports.ledger.read(targets)).some((there) => there !== undefined)
    )
      throw new PersonTakenError(body.id);

    throw error;
  }

  return body;
}

/** What a commit holds that puts a person into the directory. */
export async function enrolment(
  ports: DirectoryPorts,
  person: NewPerson,
  { actor, action, trace }: EnrolmentContext,
) {
  const attributes = check(person);
  const { id = newId(ports.random), login, roles, workspaces } = person;
  const [own, row, subject] = [
    directoryTarget.person(id),
    await loginTarget(ports, login),
    newId(ports.random),
  ];

  const ring = new KeyRing(PEOPLE, ports.keys, ports.random, new Map([[subject, row]]));

  await ring.fetch(ports.ledger, [{ class: 'personal', subject }]);
  // minted also where nothing is sealed yet: erasing the subject begins with its keys
  ring.dataKey({ class: 'personal', subject });

  const values = (['name', 'email'] as const).flatMap((field) =>
    person[field] === undefined ? [] : [{ subject, field, value: person[field] }],
  );
  const sealed = sealedPart(own, undefined, ring).seal(values, ports.random);

  const body: PersonBody = {
    v: 'person/1',
    id,
    roles,
    workspaces,
    attributes,
    active: true,
    sessionsFrom: 0, // none was ended yet
    subject,
    sealed: values.length === 0 ? {} : { personal: sealed.body },
  };

  const changes: Change[] = [
    { op: 'insert', target: own, body: body as unknown as Json, index: indexKeys.person(body) },
    {
      op: 'insert',
      ...tokenRow(row, subject, ports.random, { person: id }),
      as: directoryName(PEOPLE, ports.random),
    },
    ...ring.takeMinted(),
  ];

  const clear = { roles, workspaces, attributes, active: true };

  const entry: EntryDraft = {
    workspace: PEOPLE,
    actor,
    action,
    outcome: 'ok',
    targets: [{ kind: 'person', id }],
    diffs: {
      [own]: [...Object.entries(clear).map(([field, after]) => ({ field, after })), ...sealed.diff],
    },
    ...(values.length === 0 ? {} : { classes: ['personal' as const], seals: sealed.seals }),
    trace,
  };

  return { body, changes, entry };
}

const sealedPart = (owner: string, body: PersonBody['sealed']['personal'], ring: KeyRing) =>
  new SealedDocument({ owner, workspace: PEOPLE, class: 'personal' }, body, (dataClass, subject) =>
    ring.dataKey({ class: dataClass, subject }),
  );

/**
 * What is personal of a person. Nothing of who was erased. @throws `seal.broken`, and what the
 * ledger and the keys throw.
 */
export async function openPerson(ports: DirectoryPorts, person: PersonBody): Promise<PersonalData> {
  return (await openPeople(ports, [person])).get(person.id) ?? {};
}

/** {@link openPerson} for many, in as few reads as the ledger allows: by id of the person. */
export async function openPeople(
  ports: DirectoryPorts,
  people: readonly PersonBody[],
): Promise<ReadonlyMap<string, PersonalData>> {
  const ring = new KeyRing(PEOPLE, ports.keys, ports.random);
  const named = people.filter(({ sealed }) => sealed.personal !== undefined);

  await ring.fetch(
    ports.ledger,
    named.map(({ subject }) => ({ class: 'personal', subject })),
  );

  return new Map(people.map((person) => [person.id, opened(person, ring)]));
}

function opened({ id, subject, sealed: { personal } }: PersonBody, ring: KeyRing): PersonalData {
  if (personal === undefined) return {};

  try {
    const document = sealedPart(directoryTarget.person(id), personal, ring);
    const [name, email] = [document.open(subject, 'name'), document.open(subject, 'email')];

    return {
      name: typeof name === 'string' ? name : undefined,
      email: typeof email === 'string' ? email : undefined,
    };
  } catch (error) {
    if (isWritError(error, 'subject.erased')) return {};
    throw error;
  }
}

/**
 * Puts a custom role in place, or in the place of one of its name, to try Writ out. Possible only
 * on an embedded ledger: any other refuses the entry, and with it the change.
 *
 * @throws `role.invalid`, `audit.embedded-only` (refuse), and what the ledger throws.
 */
export async function seedRole(
  { ledger }: Pick<DirectoryPorts, 'ledger'>,
  given: unknown,
  actor: Actor,
): Promise<void> {
  const role = checkRole(given);
  const body = role as unknown as Json;
  const own = directoryTarget.role(role.name);
  const [standing] = await ledger.read([own]);
  if (standing !== undefined && canonicalJson(standing.body) === canonicalJson(body)) return;

  const before = (standing?.body as { grants?: unknown } | undefined)?.grants;
  const change: Change =
    standing === undefined
      ? { op: 'insert', target: own, body, index: indexKeys.role(role) }
      : { op: 'replace', target: own, at: standing, body };

  const diff = { field: 'grants', before, after: role.grants };

  await ledger.commit({
    changes: [change],
    entries: [
      {
        workspace: PEOPLE,
        actor,
        action: 'role.seed',
        outcome: 'ok',
        targets: [{ kind: 'role', id: role.name }],
        diffs: { [own]: [diff] },
      },
    ],
  });
}

/** @returns the attributes, checked. */
function check({
  id,
  login,
  name,
  email,
  roles,
  workspaces,
  attributes = {},
}: NewPerson): Attributes {
  const wrong = [
    ...(id === undefined || ID.test(id)
      ? []
      : ['an id has 1 to 64 lower-case letters, digits and hyphens']),
    ...(subjectSchema.safeParse(login.subject).success && isVisible(login.subject)
      ? []
      : ['the subject of a login has 1 to 255 characters of ASCII']),
    ...(name === undefined || (NAME.test(name) && textProblem(name, NAME_MAX) === undefined)
      ? []
      : [`a name has 1 to ${NAME_MAX} characters, one of them visible, and none that control`]),
    ...(email === undefined || (EMAIL.test(email) && email.split('@').every(isVisible))
      ? []
      : ['an e-mail address has at most 253 characters and one @']),
    ...(roles.length <= ROLES_MAX
      ? []
      : [`a person has at most ${ROLES_MAX} roles, got ${roles.length}`]),
    ...(workspaces.length <= WORKSPACES_MAX
      ? []
      : [
          `a person is let into at most ${WORKSPACES_MAX} workspaces by name, got ${workspaces.length}`,
        ]),
  ];

  const reserved = workspaces === '*' ? undefined : workspaces.find(isReservedWorkspace);

  if (reserved !== undefined)
    wrong.push(`nobody is let into "${reserved}", which is the platform's own`);

  if (wrong.length > 0) throw new InvalidInputError('person.invalid', wrong.join('; '));

  for (const role of roles) if (!Object.hasOwn(BUILT_IN_ROLES, role)) assertName('role', role);

  if (workspaces !== '*') for (const workspace of workspaces) assertName('workspace', workspace);

  return checkAttributes(attributes);
}
