import { hash } from 'node:crypto';
import { newId, type Random } from '#shared/kernel/index.ts';

/** Kinds of documents in the state table. Key rows (`key`, `token`) are in a separate table. */
export const STATE_KINDS = [
  'run',
  'fields',
  'claim',
  'gate',
  'decision',
  'participant',
  'control',
  'timer',
  'record',
  'balance',
  'reservation',
  'workspace',
  'person',
  'role',
  'setup',
] as const;
export type StateKind = (typeof STATE_KINDS)[number];

const NAME = '[a-z][a-z0-9-]{0,31}';
const ID = '[A-Za-z0-9._%~-]{1,200}';
/** Id of a run or a subject. */
const PLAIN_ID = '[a-z0-9]{1,64}';

/**
 * Patterns of document keys: documents of runs, of collections and of the platform, then rows of
 * keys and of the subject directory.
 */
const FORMS = [
  `(?:run|claim|gate|decision|participant|control|timer|reservation)#${NAME}#${NAME}#${ID}`,
  `fields#${NAME}#${NAME}#[a-z]{1,16}#${PLAIN_ID}`,
  `(?:record|balance)#${NAME}#${NAME}#${NAME}\\.${ID}`,
  '(?:person|role|setup)#platform#people#[a-z0-9-]{1,64}',
  `workspace#platform#${NAME}#main`,
  `key#[a-z][a-z-]{0,15}#${NAME}(?:#${PLAIN_ID})?`,
  `token#${NAME}#${NAME}\\.[A-Za-z0-9_-]{43}`,
];

const TARGET = new RegExp(`^(?:${FORMS.join('|')})$`);

/**
 * Returns true for a valid document key. The parts of a key never contain `#` or `*`, because IAM
 * patterns rely on this.
 */
export function isTarget(target: string): boolean {
  return TARGET.test(target);
}

/**
 * Returns true for runs and decisions: the kinds that a sweeper handles, and that can therefore be
 * marked.
 */
export function isSweepable(target: string): boolean {
  return /^(?:run|decision)#/.test(target);
}

const DIRECTORY_NAME = /^token#[a-z][a-z0-9-]{0,31}#~[a-z0-9]{26}$/;

/** Creates a random name for a directory row, for use in entries. */
export function directoryName(workspace: string, random: Random): string {
  return `token#${workspace}#~${newId(random)}`;
}

/**
 * Returns true if entries may use the name `as` for the document with the key `target`. Directory
 * rows have a random name. All other documents are named by their key.
 */
export function isTrailName(target: string, as: string | undefined): boolean {
  return target.startsWith('token#')
    ? as !== undefined && DIRECTORY_NAME.test(as)
    : as === undefined;
}

/** Parts of the key of a state document: `<kind>#<automation>#<workspace>#<id>`. */
export interface TargetParts {
  readonly kind: string;
  readonly automation: string;
  readonly workspace: string;
  /** The rest of the key. In the key of a fields document, it contains another `#`. */
  readonly id: string;
}

/**
 * Creates the key of a state document. The parts must have the forms that {@link isTarget} allows.
 */
export function joinTarget(
  kind: StateKind,
  { automation, workspace }: Pick<TargetParts, 'automation' | 'workspace'>,
  id: string,
): string {
  return `${kind}#${automation}#${workspace}#${id}`;
}

/** Splits the key of a state document of one kind; returns undefined for any other key. */
export function splitTarget(kind: StateKind, target: string): TargetParts | undefined {
  const [prefix, automation, workspace, ...rest] = target.split('#');
  return prefix === kind && automation !== undefined && workspace !== undefined && rest.length > 0
    ? { kind, automation, workspace, id: rest.join('#') }
    : undefined;
}

/** Returns the automation of a state document; `platform` for keys, tokens and workspaces. */
export function automationOf(target: string): string {
  const [kind, automation] = target.split('#', 2);
  return kind === 'key' || kind === 'token' || kind === 'workspace'
    ? 'platform'
    : (automation ?? 'platform');
}

/** Maximum length of a percent-encoded id in a key. */
const ENCODED_ID_MAX = 200;

/**
 * Encodes an external id (such as an order number) as part of a key. Injective: every text has
 * exactly one form, and different texts have different forms.
 *
 * All characters except letters, digits and `-._~` are percent-encoded. If the result is empty or
 * longer than 200 characters, or the text contains lone surrogates, the form is `%~` followed by
 * the SHA-256 of the text's UTF-16 code units. A percent-encoding never starts with `%~`.
 */
export function encodeId(id: string): string {
  const encoded = id.isWellFormed()
    ? encodeURIComponent(id).replace(
        /[!'()*]/g,
        (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
      )
    : '';
  if (encoded.length >= 1 && encoded.length <= ENCODED_ID_MAX) return encoded;

  return `%~${hash('sha256', Buffer.from(id, 'utf16le'), 'base64url')}`;
}
