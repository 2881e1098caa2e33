import { ORIGIN_SECRET } from '#functions/wiring/origin-check.ts';
import type { Setting } from '#functions/wiring/settings.ts';
import type { Flow } from '#shared/automation/index.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { list, type RunKey, target, WORKSPACES, workspaceTarget } from '#shared/engine/index.ts';
import { directoryList, directoryTarget, PEOPLE } from '#shared/identity/person.ts';
import { CLEAR_CLASSES, SEALED_CLASSES } from '#shared/kernel/index.ts';
import { LIST, SWEEP } from '#shared/ledger/tables.ts';
import type { Arns } from '../naming/arns.ts';
import type { FunctionAuthority } from './authority.ts';
import {
  appendEntries,
  calls,
  check,
  enterKeys,
  insert,
  makeKeys,
  never,
  queryIndex,
  read,
  readEntries,
  readSecrets,
  rowAndBelow,
  type Statement,
  send,
  some,
  unwrap,
  writeLogLines,
} from './statements.ts';

/**
 * The groups of the API, each answered by a function of its own: what answers about runs holds
 * nothing of what changes people.
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
 * The function outside the isolated network that fetches the public keys of the issuer of tokens.
 * It has nothing to tell it by.
 */
export const ISSUER = 'issuer';

/** What the groups of the API work on. */
export interface ApiScope {
  readonly automations: readonly Flow[];
  readonly arns: Arns;
  /** Whether requests come through CloudFront, which proves itself by a secret. */
  readonly front: boolean;
}

/** What one group needs beside what every group of signed-in people needs. */
interface Needs {
  /** Patterns of documents that it reads. */
  readonly reads?: readonly string[];
  /** Patterns of lists in which it finds documents. */
  readonly finds?: readonly string[];
  readonly calls?: readonly string[];
  readonly sendsTo?: readonly string[];
  readonly settings?: readonly Setting[];
  readonly statements?: readonly Statement[];
}

/**
 * Needs of each group, one declaration for each: the authority of its function is made of this and
 * of nothing else.
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
      statements: some(automations, () => [
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
      statements: some(own, () => [
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
  // with what entries of decisions are compared with
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
    // whether there is a first admin, and the workspace under whose keys people are kept
    reads: [directoryTarget.firstAdmin, ...workspaceOfPeople(arns)],
    finds: [directoryList.people, directoryList.roles],
    settings: ['firstAdmin'],
    statements: [
      unwrap('UnwrapNames', arns, 'class', ['personal'], PEOPLE),
      read(
        'ReadNameKeys',
        arns.keys,
        rowAndBelow(workspaceKeyTarget({ workspace: PEOPLE, class: 'personal' })),
      ),
      // of the first admin alone, who makes the directory: nobody else is entered through the API
      // yet
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
    reads: workspaceOfPeople(arns), // it is in the list, too
    finds: [WORKSPACES],
    statements: [
      insert(
        'EnterWorkspaces',
        arns.state,
        [workspaceTarget(arns.workspace)],
        [LIST.partition, LIST.sort],
      ),
      enterKeys('EnterKeysOfWorkspaces', arns, keyRowsOf(arns.workspace)),
      // in a cell no pattern is left that could take them in
      ...(arns.workspace === '*'
        ? [
            never(
              'NoPeopleAndNoSubjects',
              ['PartiQLInsert'],
              [arns.state, arns.keys],
              ['key#*#*#*', `key#*#${PEOPLE}`, workspaceTarget(PEOPLE)],
            ),
          ]
        : []),
      ...makeKeysOf(arns, arns.workspace),
    ],
  }),
};

/**
 * The authority of every function of the API, in the order of {@link GROUPS}, the issuer's last.
 */
export function authoritiesOfApi(scope: ApiScope): FunctionAuthority[] {
  const quiet = (
    name: string,
    settings: readonly Setting[],
    inside: boolean,
  ): FunctionAuthority => ({
    name,
    writer: false,
    inside,
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
 * Finds out who asks and what they may do, does what the group is for, and writes down each
 * request.
 */
function authorityOfGroup(group: Exclude<Group, 'health'>, scope: ApiScope): FunctionAuthority {
  const { arns, front } = scope;
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
    inside: true,
    sendsTo,
    statements: [
      ...send(arns, sendsTo),
      read('ReadDocuments', arns.state, [...new Set([...directory, ...(needs.reads ?? [])])]),
      ...some(finds, () => [queryIndex('FindDocuments', arns.index(LIST.index), finds)]),
      unwrap('UnwrapLoginSecret', arns, 'purpose', ['token'], PEOPLE),
      read('ReadLogins', arns.keys, [
        workspaceKeyTarget({ workspace: PEOPLE, purpose: 'token' }),
        LOGINS,
      ]),
      ...(needs.statements ?? []),
      appendEntries(arns, group),
      ...calls(arns, [ISSUER, ...(needs.calls ?? [])]),
      ...(front ? readOriginSecret(arns) : []),
      writeLogLines(arns, group),
    ],
    settings: ['issuer', 'audience', 'front', 'cell', ...(needs.settings ?? [])],
  };
}

/** What a function of the API has besides, where requests come through CloudFront. */
export const readOriginSecret = (arns: Arns): Statement[] =>
  readSecrets([arns.secret(ORIGIN_SECRET.owner, ORIGIN_SECRET.name)]);

/**
 * Stands for every run in every workspace of the environment: what is made of it is a pattern. What
 * people read is not narrowed down to the automations that are deployed, because they still read of
 * those that were; what is written is.
 */
const everyRun = ({ workspace }: Arns): RunKey => ({ automation: '*', workspace, run: '*' });

/** Who takes which part in runs of these automations. No step and no intake writes any of it. */
const participantsOf = (automations: readonly Flow[], any: RunKey) =>
  automations.map(({ name }) => target.participant({ ...any, automation: name }, '*'));

/** The workspace of the directory, where it is not among those that everybody reads. */
const workspaceOfPeople = ({ workspace }: Arns) =>
  workspace === '*' ? [] : [workspaceTarget(PEOPLE)];

/** Rows that lead from an account at the issuer to a person. */
const LOGINS = `token#${PEOPLE}#login.*`;

const PURPOSES = ['token', 'run-id'] as const;

/** The rows of a workspace's own keys, one for each class and purpose. */
const keyRowsOf = (workspace: string) => [
  ...SEALED_CLASSES.map((dataClass) => workspaceKeyTarget({ workspace, class: dataClass })),
  ...PURPOSES.map((purpose) => workspaceKeyTarget({ workspace, purpose })),
];

const makeKeysOf = (arns: Arns, workspace: string) => [
  makeKeys('MakeKeysOfClasses', arns, 'class', SEALED_CLASSES, workspace),
  makeKeys('MakeKeysOfPurposes', arns, 'purpose', PURPOSES, workspace),
];

const intakeOf = ({ name }: Pick<Flow, 'name'>) => `${name}.intake`;
