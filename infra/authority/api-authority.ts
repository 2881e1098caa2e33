import { ORIGIN_SECRET } from '#functions/wiring/origin-check.ts';
import type { Setting } from '#functions/wiring/settings.ts';
import type { Flow } from '#shared/automation/index.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { list, type RunKey, target, WORKSPACES, workspaceTarget } from '#shared/engine/index.ts';
import { directoryList, directoryTarget, PEOPLE } from '#shared/identity/person.ts';
import { CLEAR_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { LIST, SWEEP } from '#shared/ledger/tables.ts';
import { itemsIf } from '../config/items-if.ts';
import type { Arns } from '../naming/arns.ts';
import type { FunctionAuthority } from './authority.ts';
import {
  appendEntries,
  calls,
  check,
  denyItems,
  enterKeys,
  insert,
  makeKeys,
  queryIndex,
  read,
  readEntries,
  readSecrets,
  rowAndBelow,
  type Statement,
  send,
  unlessEmpty,
  unwrap,
  writeLogLines,
} from './statements.ts';

/**
 * Groups of the API. Each group has its own function, so the function that serves runs has no
 * permission to change people.
 */
export const GROUPS = [
  'health',
  'runs',
  'gates',
  'automations',
  'trail',
  'people',
  'workspaces',
] as const;
export type Group = (typeof GROUPS)[number];

/**
 * Function outside the isolated network that fetches the public keys of the token issuer. It has no
 * access to data that it could leak.
 */
export const ISSUER = 'issuer';

/** Inputs from which the authority of the API is derived. */
export interface ApiScope {
  readonly automations: readonly Flow[];
  readonly arns: Arns;
  /** True when requests come through CloudFront, which authenticates with a secret header. */
  readonly cdn: boolean;
}

/** Permissions of one group in addition to those of every authenticated group. */
interface Needs {
  /** Key patterns of documents that the group reads. */
  readonly reads?: readonly string[];
  /** Key patterns of lists that the group queries. */
  readonly finds?: readonly string[];
  readonly calls?: readonly string[];
  readonly sendsTo?: readonly string[];
  readonly settings?: readonly Setting[];
  readonly statements?: readonly Statement[];
}

/**
 * Permissions of each group. The authority of its function is derived from this declaration alone.
 */
const NEEDS: Readonly<Record<Exclude<Group, 'health'>, (scope: ApiScope) => Needs>> = {
  runs: ({ automations, arns }) => {
    const any = everyRun(arns);
    return {
      reads: [
        target.run(any),
        target.participant(any, '*'),
        ...CLEAR_CLASSES.map((dataClass) => target.fields(any, dataClass)),
      ],
      finds: [list.runs(any.automation, any.workspace)],
      calls: automations.map(intakeOf),
      statements: unlessEmpty(automations, () => [
        insert('NameRequesters', arns.state, participantsOf(automations, any)),
      ]),
    };
  },
  gates: ({ automations, arns }) => {
    const any = everyRun(arns);
    const own = automations.map(({ name }) => ({ ...any, automation: name }));

    return {
      reads: [
        target.run(any),
        target.gate(any, '*'),
        target.decision(any, '*'),
        target.participant(any, '*'),
      ],
      finds: [list.gates(any.workspace)],
      sendsTo: automations.map(intakeOf),
      statements: unlessEmpty(own, () => [
        insert(
          'Decide',
          arns.state,
          own.map((run) => target.decision(run, '*')),
          [SWEEP.partition, SWEEP.sort],
        ),
        insert('NameApprovers', arns.state, participantsOf(automations, any)),
        check(
          'RelyOnGates',
          arns.state,
          own.map((run) => target.gate(run, '*')),
        ),
      ]),
    };
  },
  automations: ({ arns }) => ({ reads: [target.control(everyRun(arns))] }),
  // includes the data with which entries of decisions are compared
  trail: ({ arns }) => {
    const any = everyRun(arns);

    const reads = [
      target.run(any),
      target.gate(any, '*'),
      target.decision(any, '*'),
      target.participant(any, '*'),
    ];

    return { reads, statements: readEntries(arns) };
  },
  people: ({ arns }) => ({
    // to check whether a first admin exists, and for the keys that seal people's documents
    reads: [directoryTarget.firstAdmin, ...workspaceOfPeople(arns)],
    finds: [directoryList.people, directoryList.roles],
    settings: ['firstAdmin'],
    statements: [
      unwrap('UnwrapNames', arns, { kind: 'class', values: ['personal'], workspace: PEOPLE }),
      read(
        'ReadNameKeys',
        arns.keys,
        rowAndBelow(workspaceKeyTarget({ workspace: PEOPLE, class: 'personal' })),
      ),
      // only for the first admin, who creates the directory: the API does not add other people yet
      insert(
        'EnterPeople',
        arns.state,
        [directoryTarget.person('*'), directoryTarget.firstAdmin, workspaceTarget(PEOPLE)],
        [LIST.partition, LIST.sort],
      ),
      enterKeys('EnterKeysOfPeople', arns, [
        ...keyRowsOf(PEOPLE),
        subjectKeyTarget(PEOPLE, 'personal', '*'),
        LOGINS,
      ]),
      ...makeKeysOf(arns, PEOPLE),
    ],
  }),
  workspaces: ({ arns }) => ({
    reads: workspaceOfPeople(arns), // the list also contains it
    finds: [WORKSPACES],
    statements: [
      insert(
        'EnterWorkspaces',
        arns.state,
        [workspaceTarget(arns.workspace)],
        [LIST.partition, LIST.sort],
      ),
      enterKeys('EnterKeysOfWorkspaces', arns, keyRowsOf(arns.workspace)),
      // not needed in a cell: its patterns name one workspace and match none of these keys
      ...itemsIf(
        arns.workspace === '*',
        denyItems(
          'NoPeopleAndNoSubjects',
          ['PartiQLInsert'],
          [arns.state, arns.keys],
          ['key#*#*#*', `key#*#${PEOPLE}`, workspaceTarget(PEOPLE)],
        ),
      ),
      ...makeKeysOf(arns, arns.workspace),
    ],
  }),
};

/**
 * Derives the authority of every function of the API, in the order of {@link GROUPS}, followed by
 * the issuer.
 */
export function authoritiesOfApi(scope: ApiScope): FunctionAuthority[] {
  const quiet = (
    name: string,
    settings: readonly Setting[],
    inside: boolean,
  ): FunctionAuthority => ({
    name,
    writer: false,
    isolated: inside,
    sendsTo: [],
    statements: [writeLogLines(scope.arns, name)],
    settings,
  });
  return [
    ...GROUPS.map((group) =>
      group === 'health' ? quiet(group, [], true) : authorityOfGroup(group, scope),
    ),
    quiet(ISSUER, ['issuer'], false),
  ];
}

/**
 * Derives the authority that one group needs to authenticate and authorize callers, do its own
 * work, and record each request.
 */
function authorityOfGroup(group: Exclude<Group, 'health'>, scope: ApiScope): FunctionAuthority {
  const { arns, cdn } = scope;
  const needs = NEEDS[group](scope);
  const { finds = [], sendsTo = [] } = needs;
  const directory = [
    directoryTarget.person('*'),
    directoryTarget.role('*'),
    workspaceTarget(arns.workspace),
  ];

  return {
    name: group,
    writer: true,
    isolated: true,
    sendsTo,
    statements: [
      ...send(arns, sendsTo),
      read('ReadDocuments', arns.state, [...new Set([...directory, ...(needs.reads ?? [])])]),
      ...unlessEmpty(finds, () => [queryIndex('FindDocuments', arns.index(LIST.index), finds)]),
      unwrap('UnwrapLoginSecret', arns, { kind: 'purpose', values: ['token'], workspace: PEOPLE }),
      read('ReadLogins', arns.keys, [
        workspaceKeyTarget({ workspace: PEOPLE, purpose: 'token' }),
        LOGINS,
      ]),
      ...(needs.statements ?? []),
      appendEntries(arns, group),
      ...calls(arns, [ISSUER, ...(needs.calls ?? [])]),
      ...itemsIf(cdn, ...readOriginSecret(arns)),
      writeLogLines(arns, group),
    ],
    settings: ['issuer', 'audience', 'front', 'cell', ...(needs.settings ?? [])],
  };
}

/** Returns the additional statements of an API function whose requests come through CloudFront. */
export const readOriginSecret = (arns: Arns): Statement[] =>
  readSecrets([arns.secret(ORIGIN_SECRET.owner, ORIGIN_SECRET.name)]);

/**
 * Matches every run in every workspace of the environment. Keys made from it are patterns. Reads
 * are not restricted to deployed automations, because people still read runs of removed
 * automations. Writes are restricted.
 */
const everyRun = ({ workspace }: Arns): RunKey => ({ automation: '*', workspace, run: '*' });

/**
 * Returns the key patterns of participant documents in runs of these automations. Steps and intakes
 * never write these documents.
 */
const participantsOf = (automations: readonly Flow[], any: RunKey) =>
  automations.map(({ name }) => target.participant({ ...any, automation: name }, '*'));

/**
 * Returns the key of the directory's workspace if the environment is a cell. Otherwise returns
 * nothing, because the pattern for all workspaces already matches that key.
 */
const workspaceOfPeople = ({ workspace }: Arns) =>
  workspace === '*' ? [] : [workspaceTarget(PEOPLE)];

/** Rows that map an account at the issuer to a person. */
const LOGINS = `token#${PEOPLE}#login.*`;

const PURPOSES = ['token', 'run-id'] as const;

/** Rows of a workspace's own keys, one for each class and purpose. */
const keyRowsOf = (workspace: string) => [
  ...SEALED_CLASSES.map((dataClass) => workspaceKeyTarget({ workspace, class: dataClass })),
  ...PURPOSES.map((purpose) => workspaceKeyTarget({ workspace, purpose })),
];

const makeKeysOf = (arns: Arns, workspace: string) => [
  makeKeys('MakeKeysOfClasses', arns, { kind: 'class', values: SEALED_CLASSES, workspace }),
  makeKeys('MakeKeysOfPurposes', arns, { kind: 'purpose', values: PURPOSES, workspace }),
];

const intakeOf = ({ name }: Pick<Flow, 'name'>) => `${name}.intake`;
