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
  newId,
  type Random,
  textProblem,
} from '#shared/kernel/index.ts';
import { type Change, directoryName, type Ledger } from '#shared/ledger/index.ts';
import { PersonTakenError } from './errors.ts';
import { type Account, loginTarget, subjectSchema } from './login.ts';
import { directoryTarget, PEOPLE, type PersonBody, personKind, roleKind } from './person.ts';

export interface DirectoryPorts {
  readonly ledger: Ledger;
  readonly keys: WorkspaceKeys;
  readonly random: Random;
}

/** Unsealed personal data of a person. */
export interface PersonalData {
  readonly name?: string;
  readonly email?: string;
}

/** A person to add to the directory. */
export interface NewPerson extends PersonalData {
  /**
   * @default a random id. 1 to 64 lower-case letters, digits and hyphens. It appears in entries, so
   *   it must not reveal anything about the person.
   */
  readonly id?: string;
  readonly login: Account;
  /** Roles, at most 16. */
  readonly roles: readonly string[];
  /** Workspaces, at most 200. */
  readonly workspaces: readonly string[] | '*';
  readonly attributes?: Attributes;
}

/** Audit context of an enrolment. */
export interface EnrolmentContext {
  readonly actor: Actor;
  readonly action: 'person.seed' | 'person.first-admin';
  /** Id of the request. */
  readonly trace?: string;
}

const ID = /^[a-z0-9][a-z0-9-]{0,63}$/;
const MAX_NAME_LENGTH = 200;
const NAME = /^[^\p{C}]+$/u;
const EMAIL = /^[^\p{C}\s@]{1,64}@[^\p{C}\s@]{1,188}$/u;
const [MAX_ROLES, MAX_WORKSPACES] = [16, 200];

/**
 * Adds a person to the directory. One commit with one entry inserts the person's document, the row
 * that maps the login to it, and the keys that seal the name.
 *
 * @throws `person.taken` (refuse): the id or login is already in the directory. `person.invalid`,
 *   `attributes.invalid`, `name.invalid` (refuse).
 * @throws `keys.missing` (refuse) before the workspace {@link PEOPLE} exists, and the errors of the
 *   ledger.
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

/** Prepares the changes and the entry of an enrolment. */
export async function enrolment(
  ports: DirectoryPorts,
  person: NewPerson,
  { actor, action, trace }: EnrolmentContext,
) {
  const attributes = check(person);
  const { id = newId(ports.random), login, roles, workspaces } = person;
  const target = directoryTarget.person(id);
  const row = await loginTarget(ports, login);
  const subject = newId(ports.random);

  const ring = new KeyRing({
    workspace: PEOPLE,
    keys: ports.keys,
    random: ports.random,
    tokens: new Map([[subject, row]]),
  });

  await ring.fetch(ports.ledger, [{ class: 'personal', subject }]);
  // created even if nothing is sealed yet, because erasure of the subject starts from its keys
  ring.dataKey({ class: 'personal', subject });

  const values = (['name', 'email'] as const).flatMap((field) =>
    person[field] === undefined ? [] : [{ subject, field, value: person[field] }],
  );
  const sealed = sealedPart(target, undefined, ring).seal(values, ports.random);

  const body: PersonBody = {
    v: 'person/1',
    id,
    roles,
    workspaces,
    attributes,
    active: true,
    sessionsFrom: 0, // no session has been ended yet
    subject,
    sealed: values.length === 0 ? {} : { personal: sealed.body },
  };

  const changes: Change[] = [
    personKind.insert(target, body),
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
      [target]: [
        ...Object.entries(clear).map(([field, after]) => ({ field, after })),
        ...sealed.diff,
      ],
    },
    classes: values.length === 0 ? undefined : ['personal'],
    seals: values.length === 0 ? undefined : sealed.seals,
    trace,
  };

  return { body, changes, entry };
}

const sealedPart = (owner: string, body: PersonBody['sealed']['personal'], ring: KeyRing) =>
  new SealedDocument({ owner, workspace: PEOPLE, class: 'personal' }, body, (dataClass, subject) =>
    ring.dataKey({ class: dataClass, subject }),
  );

/**
 * Opens the personal data of a person. Returns an empty object after erasure.
 *
 * @throws `seal.broken`, and the errors of the ledger and the keys.
 */
export async function openPerson(ports: DirectoryPorts, person: PersonBody): Promise<PersonalData> {
  return (await openPeople(ports, [person])).get(person.id) ?? {};
}

/**
 * Opens the personal data of many people, in as few reads as the ledger allows. The result is keyed
 * by the id of the person.
 */
export async function openPeople(
  ports: DirectoryPorts,
  people: readonly PersonBody[],
): Promise<ReadonlyMap<string, PersonalData>> {
  const ring = new KeyRing({ workspace: PEOPLE, keys: ports.keys, random: ports.random });
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
 * Stores a custom role, or replaces the role with the same name, for trying out Writ. Possible only
 * on an embedded ledger. All other ledgers refuse the entry, and therefore the change.
 *
 * @throws `role.invalid`, `audit.embedded-only` (refuse), and the errors of the ledger.
 */
export async function seedRole(
  { ledger }: Pick<DirectoryPorts, 'ledger'>,
  given: unknown,
  actor: Actor,
): Promise<void> {
  const role = checkRole(given);
  const target = directoryTarget.role(role.name);
  const [current] = await ledger.read([target]);
  if (current !== undefined && canonicalJson(current.body) === canonicalJson(role)) return;

  const before = roleKind.find(current)?.grants;
  const diff = { field: 'grants', before, after: role.grants };

  await ledger.commit({
    changes: [roleKind.put(target, current, role)],
    entries: [
      {
        workspace: PEOPLE,
        actor,
        action: 'role.seed',
        outcome: 'ok',
        targets: [{ kind: 'role', id: role.name }],
        diffs: { [target]: [diff] },
      },
    ],
  });
}

/** Checks a new person and returns the attributes. */
function check({
  id,
  login,
  name,
  email,
  roles,
  workspaces,
  attributes = {},
}: NewPerson): Attributes {
  const problems: string[] = [];
  const checkRule = (isValid: boolean, rule: string) => {
    if (!isValid) problems.push(rule);
  };

  checkRule(
    id === undefined || ID.test(id),
    'an id has 1 to 64 lower-case letters, digits and hyphens',
  );
  checkRule(
    subjectSchema.safeParse(login.subject).success && isVisible(login.subject),
    'the subject of a login has 1 to 255 ASCII characters',
  );
  checkRule(
    name === undefined || (NAME.test(name) && textProblem(name, MAX_NAME_LENGTH) === undefined),
    `a name has 1 to ${MAX_NAME_LENGTH} characters, one of them visible, and no control characters`,
  );
  checkRule(
    email === undefined || (EMAIL.test(email) && email.split('@').every(isVisible)),
    'an e-mail address has at most 253 characters and one @',
  );
  checkRule(
    roles.length <= MAX_ROLES,
    `a person has at most ${MAX_ROLES} roles, got ${roles.length}`,
  );
  checkRule(
    workspaces.length <= MAX_WORKSPACES,
    `a person has at most ${MAX_WORKSPACES} workspaces by name, got ${workspaces.length}`,
  );

  const reserved = workspaces === '*' ? undefined : workspaces.find(isReservedWorkspace);
  checkRule(reserved === undefined, `the workspace "${reserved}" is reserved for the platform`);

  if (problems.length > 0)
    throw new InvalidInputError(
      'person.invalid',
      problems.join('; '),
      {},
      { help: 'Correct the values that the message names.' },
    );

  for (const role of roles) if (!Object.hasOwn(BUILT_IN_ROLES, role)) assertName('role', role);

  if (workspaces !== '*') for (const workspace of workspaces) assertName('workspace', workspace);

  return checkAttributes(attributes);
}
