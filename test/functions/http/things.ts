import { expect } from 'vitest';
import type { AccessRequest, Principal, Resource } from '#shared/access/index.ts';
import type { Actor } from '#shared/audit/index.ts';
import { list, type Run, runOf } from '#shared/engine/index.ts';
import type { Draw } from '../../shared/access/generate.ts';
import { oracle } from '../../shared/access/oracle.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { type HttpBench, httpBench } from '../../support/http.ts';
import type { Asked } from '../../support/http-request.ts';
import {
  ATTRIBUTES,
  company,
  contractReview,
  fieldMark,
  GATES,
  nameMark,
  WORKSPACES,
  type Workspace,
} from './world.ts';

const RUNS = 32;
/** Runs whose trails are looked at. Each look makes all of them longer. */
const TRAILS = 8;

interface StandingRun {
  readonly n: number;
  readonly workspace: Workspace;
  readonly run: Run;
}

/** One thing that somebody may look at, or do. */
export interface Thing {
  readonly path: string;
  /**
   * Absent for a look. What is done here changes nothing even where it is allowed: it is wrong in
   * one more way.
   */
  readonly asked?: Asked;
  expected(who: Principal): Expected;
}

/** What the sentences about roles make of a request. */
interface Expected {
  readonly status: number;
  /** Those that are in the answer: these and no others. */
  readonly marks: readonly string[];
  /** Runs that the answer names. */
  readonly runs: readonly string[];
}

/** A company with its people, and runs that wait at every stage. */
export interface World {
  readonly bench: HttpBench;
  readonly folder: string;
  readonly people: readonly Principal[];
  readonly things: readonly Thing[];
  readonly deeds: readonly Thing[];
}

export async function openWorld(d: Draw, size: number): Promise<World> {
  const folder = temporaryFolder();
  const { roles, people } = company(d, size);
  const admin = { id: 'root', roles: ['Admin'], workspaces: '*' as const, name: nameMark('root') };

  const bench = await httpBench({
    folder,
    automations: [contractReview],
    workspaces: [],
    roles,
    people: [
      admin,
      ...people.map(({ customRoles: _, ...person }) => ({ ...person, name: nameMark(person.id) })),
    ],
  });

  for (const workspace of WORKSPACES) {
    const made = await bench.ask('/workspaces', {
      method: 'POST',
      as: 'root',
      body: { name: workspace, attributes: ATTRIBUTES[workspace] },
    });

    expect([made.status, made.text]).toEqual([201, expect.any(String)]);

    const operator: Actor = { kind: 'user', id: 'operator', auth: 'embedded' };

    await bench.platform.automations.seedRollout(
      { automation: 'contract-review', workspace },
      'exceptions',
      operator,
    );
  }

  const runs = await startRuns(d, bench, people);

  const things = [
    ...ofRuns(runs),
    ...ofTrails(runs.slice(0, TRAILS)),
    ...ofPeople(people.slice(0, 11)),
    ...ofWorkspaces(
      runs,
      people.map(({ id }) => id),
    ),
  ];

  return { bench, folder, people, things, deeds: deeds(runs) };
}

async function startRuns(
  d: Draw,
  bench: HttpBench,
  people: readonly Principal[],
): Promise<StandingRun[]> {
  const start = bench.platform.intakes.get('contract-review');
  const started = new Map<string, { readonly n: number; readonly workspace: Workspace }>();

  for (let n = 0; n < RUNS; n++) {
    const workspace = d.one(WORKSPACES);

    const values = {
      partyId: `party-${n}`,
      waitsAt: GATES[n % GATES.length]?.name,
      title: fieldMark('public', n),
      note: fieldMark('internal', n),
      iban: fieldMark('sealed', n),
      fullName: fieldMark('sealed', n),
    };

    const requester: Actor = { kind: 'user', id: d.one(people).id, auth: 'oidc' };

    const upload = {
      workspace,
      idempotencyKey: `run-${n}`,
      requester,
      bytes: Buffer.from(JSON.stringify(values)),
    };

    started.set((await start?.(upload))?.run ?? '', { n, workspace });
  }

  await bench.settle();

  const ledger = bench.platform.store.ledger({ name: 'test', bundle: '0'.repeat(64) });
  const runs: StandingRun[] = [];

  for (const workspace of WORKSPACES) {
    const { documents } = await ledger.query({
      by: 'list',
      list: list.runs('contract-review', workspace),
      limit: 100,
    });

    for (const run of documents.map(runOf))
      runs.push({ ...(started.get(run.id) as { n: number; workspace: Workspace }), run });
  }

  expect(runs.map(({ run }) => run.status)).toEqual(runs.map(() => 'waiting'));
  expect(new Set(runs.map(({ run }) => run.stage))).toEqual(
    new Set(GATES.map(({ stage }) => stage)),
  );

  return runs.sort((a, b) => a.n - b.n);
}

const may = (
  principal: Principal,
  permission: AccessRequest['permission'],
  resource: Resource,
  dataClass?: AccessRequest['class'],
) =>
  oracle({
    principal,
    permission,
    resource,
    class: dataClass,
  });

const shown = (marks: readonly string[], runs: readonly StandingRun[] = []): Expected => ({
  status: 200,
  marks,
  runs: runs.map(referenceOf),
});
const NOTHING: Expected = { status: 404, marks: [], runs: [] };
const referenceOf = ({ workspace, run }: StandingRun) => `${workspace}.contract-review.${run.id}`;

function resourceOf({ workspace, run }: StandingRun): Extract<Resource, { type: 'Run' }> {
  const { id, stage, requester } = run;
  return {
    type: 'Run',
    workspace,
    attributes: ATTRIBUTES[workspace],
    automation: 'contract-review',
    run: id,
    stage,
    requester,
  };
}

/** Marks of the fields of a run that somebody may read. */
function fieldsOf(who: Principal, one: StandingRun): string[] {
  return (['public', 'internal'] as const)
    .filter((c) => may(who, 'field.read', resourceOf(one), c))
    .map((c) => fieldMark(c, one.n));
}

function gateOf(one: StandingRun) {
  const { name, decidedBy } = GATES[one.n % GATES.length] as (typeof GATES)[number];
  return { name, resource: { ...resourceOf(one), type: 'Gate' as const, gate: name, decidedBy } };
}

/** Whether the gate shows public fields alone, and says nothing of others. */
const isPublic = ({ n }: StandingRun) => GATES[n % GATES.length]?.shows.length === 1;

/**
 * What waits at a gate is told in sentences that are internal as a whole: who may read internal
 * fields gets all that is in them.
 */
function toldAtGate(who: Principal, one: StandingRun): string[] {
  const own = fieldsOf(who, one);
  return own.includes(fieldMark('internal', one.n))
    ? [...new Set([...own, fieldMark('public', one.n)])]
    : own;
}

/** The same in a list, which tells sentences without their facts. */
function toldInList(who: Principal, one: StandingRun): string[] {
  const told = toldAtGate(who, one);
  return isPublic(one) ? told.filter((mark) => mark === fieldMark('public', one.n)) : told;
}

/** Each run and the gate at which it waits. */
function ofRuns(runs: readonly StandingRun[]): Thing[] {
  return runs.flatMap((one): Thing[] => [
    {
      path: `/runs/${referenceOf(one)}`,
      expected: (who) =>
        may(who, 'run.read', resourceOf(one)) ? shown(fieldsOf(who, one), [one]) : NOTHING,
    },
    {
      path: `/gates/${referenceOf(one)}.${gateOf(one).name}`,
      expected: (who) =>
        may(who, 'gate.read', gateOf(one).resource) ? shown(toldAtGate(who, one), [one]) : NOTHING,
    },
  ]);
}

function ofTrails(runs: readonly StandingRun[]): Thing[] {
  return runs.map((one) => ({
    path: `/runs/${referenceOf(one)}/trail`,
    expected(who) {
      if (!may(who, 'run.read', resourceOf(one))) return NOTHING;
      const reads =
        may(who, 'trail.read', resourceOf(one)) &&
        may(who, 'field.read', resourceOf(one), 'internal');
      return reads
        ? shown([fieldMark('public', one.n), fieldMark('internal', one.n)])
        : { ...NOTHING, status: 403 };
    },
  }));
}

function ofPeople(people: readonly Principal[]): Thing[] {
  return people.map(({ id }) => ({
    path: `/people/${id}`,
    expected: (who) =>
      may(who, 'person.read', { type: 'Person', id }) ? shown([nameMark(id)]) : NOTHING,
  }));
}

/** Workspaces, what is listed in them, and what is not there. */
function ofWorkspaces(runs: readonly StandingRun[], everybody: readonly string[]): Thing[] {
  const each = WORKSPACES.flatMap((workspace): Thing[] => {
    const own = { workspace, attributes: ATTRIBUTES[workspace] };
    const inIt = runs.filter((one) => one.workspace === workspace);

    return [
      {
        path: `/workspaces/${workspace}`,
        expected: (who) =>
          may(who, 'workspace.read', { type: 'Workspace', ...own }) ? shown([]) : NOTHING,
      },
      {
        path: `/automations/contract-review/rollout?workspace=${workspace}`,
        expected: (who) =>
          may(who, 'rollout.read', { type: 'Automation', ...own, automation: 'contract-review' })
            ? shown([])
            : NOTHING,
      },
      {
        path: `/runs?workspace=${workspace}&limit=100`,
        expected(who) {
          if (!may(who, 'run.list', { type: 'Workspace', ...own })) return NOTHING;
          const seen = inIt.filter((one) => may(who, 'run.read', resourceOf(one)));
          return shown([], seen);
        },
      },
      {
        path: `/gates?workspace=${workspace}&limit=100`,
        expected(who) {
          if (!may(who, 'gate.list', { type: 'Workspace', ...own })) return NOTHING;
          const seen = inIt.filter((one) => may(who, 'gate.read', gateOf(one).resource));
          return shown(
            seen.flatMap((one) => toldInList(who, one)),
            seen,
          );
        },
      },
    ];
  });
  return [
    ...each,
    {
      path: '/people?limit=100', // all but the last, who made the workspaces
      expected(who) {
        if (!may(who, 'person.list', { type: 'Platform' })) return NOTHING;
        return shown(
          everybody.filter((id) => may(who, 'person.read', { type: 'Person', id })).map(nameMark),
        );
      },
    },
    ...[
      '/workspaces/nowhere',
      '/people/nobody',
      `/runs/acme.contract-review.${'0'.repeat(26)}`,
      '/runs/nonsense',
    ].map((path) => ({
      path,
      expected: () => NOTHING,
    })),
  ];
}

/**
 * Decisions about what nobody was shown, starts from nothing, a workspace whose name is not to be
 * had.
 */
function deeds(runs: readonly StandingRun[]): Thing[] {
  const decisions = runs.map((one): Thing => {
    const { name, resource } = gateOf(one);
    return {
      path: `/gates/${referenceOf(one)}.${name}/decision`,
      asked: {
        method: 'POST',
        body: { outcome: 'approved', reason: 'unseen', seen: 'what nobody was shown' },
      },
      expected(who) {
        if (!may(who, 'gate.read', resource)) return NOTHING;
        const reads =
          fieldsOf(who, one).includes(fieldMark('public', one.n)) &&
          (isPublic(one) || fieldsOf(who, one).length === 2);
        return { ...NOTHING, status: may(who, 'gate.decide', resource) && reads ? 409 : 403 };
      },
    };
  });

  const starts = WORKSPACES.map((workspace): Thing => {
    const resource: Resource = {
      type: 'Automation',
      workspace,
      attributes: ATTRIBUTES[workspace],
      automation: 'contract-review',
    };
    return {
      path: `/runs?workspace=${workspace}&automation=contract-review`,
      asked: {
        method: 'POST',
        headers: { 'idempotency-key': 'none', 'content-type': 'application/json' },
        body: '{}',
      },
      expected: (who) => ({ ...NOTHING, status: may(who, 'run.start', resource) ? 422 : 404 }),
    };
  });

  const create: Thing = {
    path: '/workspaces',
    asked: { method: 'POST', body: { name: 'platform' } },
    expected: (who) => ({
      ...NOTHING,
      status: may(who, 'workspace.create', { type: 'Platform' }) ? 422 : 404,
    }),
  };

  return [...decisions, ...starts, create];
}
