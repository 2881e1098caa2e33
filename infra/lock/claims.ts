import { RUN } from '#shared/ledger/tables.ts';
import { itemsIf } from '../config/items-if.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import type { AuthorityLock } from './lock.ts';
import type { LockedStatement } from './locked-statement.ts';
import { canBegin, keysReached } from './reach.ts';

/** An ability that the product claims functions do not have. */
export interface Claim {
  /** The ability, as the rest of a sentence that begins with "can". */
  readonly says: string;
  /**
   * Functions whose statements allow the ability. The boundary and denials of resource policies are
   * not considered.
   */
  readonly can: readonly string[];
}

type Functions = AuthorityLock['functions'];
type Allows = (statement: LockedStatement, name: string, functions: Functions) => boolean;

const ARNS = arnsNowhere(NOWHERE);

const CLAIMS: Readonly<Record<string, Allows>> = {
  approve: (statement) => writes(statement, 'decision#'),
  'change a rollout': (statement) => writes(statement, 'control#'),
  'change or remove an entry': (statement) =>
    CHANGES.some((action) => keysReached(statement, action, ARNS.trail).length > 0),
  "write an entry in another's name": (statement, name) =>
    keysReached(statement, INSERT, ARNS.trail).some((pattern) => pattern !== `${name}#*`),
  "read or write another automation's data": (statement, name) => {
    const [own] = name.split('.', 1);
    const inside = (pattern: string) =>
      OF_NO_AUTOMATION.test(pattern) || new RegExp(`^[a-z]+#${own}#`).test(pattern);
    const anywhere = [
      ARNS.state,
      ...(statement.Resource ?? []).filter((arn) => arn.startsWith(`${ARNS.state}/`)),
    ]; // its indexes

    return anywhere.some((on) =>
      [...READS, INSERT, ...CHANGES].some(
        (action) => !keysReached(statement, action, on).every(inside),
      ),
    );
  },
  'read the trail': (statement) =>
    [ARNS.trail, `${ARNS.trail}/index/${RUN.index}`].some((on) =>
      READS.some((action) => keysReached(statement, action, on).length > 0),
    ),
  'read who people are and what they may do': (statement) =>
    READS.some((action) => reaches(statement, action, DIRECTORY)),
  'change who people are and what they may do': (statement) =>
    DIRECTORY.some((kind) => writes(statement, kind)),
  "have a workspace's keys made": (statement) =>
    keysReached(statement, 'kms:GenerateDataKey', ARNS.dataKey).length > 0,
  "read another's secret": (statement, name, functions) =>
    Object.entries(functions).some(
      ([owner, { secrets }]) =>
        owner !== name &&
        secrets.some(
          (secret) => keysReached(statement, GET_SECRET, ARNS.secret(owner, secret)).length > 0,
        ),
    ),
};

/** Matches keys of documents and lists of the platform. */
const OF_NO_AUTOMATION =
  /^(?:(?:person|role|setup|workspace)#platform#|(?:people|roles|workspaces)$)/;
/** Key prefixes of documents of the directory. */
const DIRECTORY = ['person#', 'role#', 'setup#'];

const reaches = (statement: LockedStatement, action: string, kinds: readonly string[]) =>
  keysReached(statement, action, ARNS.state).some((pattern) =>
    kinds.some((kind) => canBegin(pattern, kind)),
  );

const GET_SECRET = 'secretsmanager:GetSecretValue';
const INSERT = 'dynamodb:PartiQLInsert';
const READS = [
  'GetItem',
  'BatchGetItem',
  'Query',
  'Scan',
  'ConditionCheckItem',
  'PartiQLSelect',
].map((action) => `dynamodb:${action}`);
const UPDATE = 'dynamodb:PartiQLUpdate';
const OTHERS = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'PartiQLDelete'].map(
  (action) => `dynamodb:${action}`,
);
const CHANGES = [UPDATE, ...OTHERS];

/**
 * Returns whether a statement allows creating or changing a document of a kind. Changing a mark
 * alone does not count.
 */
function writes(statement: LockedStatement, kind: string): boolean {
  const { 'ForAllValues:StringEquals': only, Null: absent } = statement.Condition ?? {};
  const attributes =
    absent?.['dynamodb:Attributes']?.join() === 'false' ? only?.['dynamodb:Attributes'] : undefined;
  const marks = attributes !== undefined && !attributes.includes('body');
  const actions = [INSERT, ...OTHERS, ...itemsIf(!marks, UPDATE)];

  return actions.some((action) =>
    keysReached(statement, action, ARNS.state).some((pattern) => canBegin(pattern, kind)),
  );
}

/**
 * Returns the functions that have each ability, from the statements of their roles and of their
 * callers' roles.
 */
export function claimsOf({ functions, callers }: AuthorityLock): Claim[] {
  const roles = [
    ...Object.entries(functions).map(([name, { statements }]) => ({ name, statements })),
    ...Object.entries(callers).map(([name, statements]) => ({ name, statements })),
  ];
  return Object.entries(CLAIMS).map(([says, allows]) => {
    const able = roles.filter(({ name, statements }) =>
      statements.some((statement) => allows(statement, name, functions)),
    );
    return { says, can: [...new Set(able.map(({ name }) => name))] };
  });
}
