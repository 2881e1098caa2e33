import {
  type AccessRequest,
  BUILT_IN_ROLES,
  PERMISSIONS,
  type Permission,
  type Principal,
  type RoleBody,
  type RoleGrant,
} from '#shared/access/index.ts';
import { CLEAR_CLASSES, DATA_CLASSES } from '#shared/kernel/index.ts';
import { thing } from './people.ts';

/**
 * Draws from a seed: small worlds, in which people and things often enough have to do with one
 * another.
 */
export interface Draw {
  below(n: number): number;
  one<T>(of: readonly T[]): T;
  some<T>(of: readonly T[], most: number): T[];
  chance(percent: number): boolean;
}

/** Mulberry32: repeatable, evenly spread, and fast. */
export function draw(seed: number): Draw {
  let state = seed;

  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };

  const below = (n: number) => next() % n;
  const one = <T>(of: readonly T[]) => of[below(of.length)] as T;

  return {
    below,
    one,
    some: (of, most) => [...new Set(Array.from({ length: 1 + below(most) }, () => one(of)))],
    chance: (percent) => below(100) < percent,
  };
}

const ROLES = Object.keys(BUILT_IN_ROLES);
const CUSTOM = ['paralegal', 'reviewer', 'bookkeeper', 'team-member'];
const WORKSPACES = ['acme', 'globex', 'initech'];
const PEOPLE = ['anna', 'bert', 'cleo', 'dora'];
const AUTOMATIONS = ['invoice-approval', 'contract-review'];
const STAGES = ['drafting', 'review', ''];
const ATTRIBUTES = { tier: ['gold', 'silver'], department: ['law', 'tax'] };
const ALL = Object.keys(PERMISSIONS) as Permission[];
/** What has most conditions is asked for most. */
const ASKED: readonly Permission[] = [
  ...ALL,
  ...Array.from({ length: 4 }, () => 'gate.decide' as const),
  'field.read',
  'field.read',
  'gate.read',
  'workspace.create',
];

const attributes = (d: Draw) =>
  Object.fromEntries(
    Object.entries(ATTRIBUTES)
      .filter(() => d.chance(70))
      .map(([name, values]) => [name, d.one(values)]),
  );

/** A custom role; one in some is one that must not give anything. */
export function roleOf(d: Draw, name: string): RoleBody {
  return {
    v: 'role/1',
    name,
    says: `drawn ${d.below(1_000)}`,
    grants: Array.from({ length: 1 + d.below(3) }, () => grantOf(d)),
  };
}

function grantOf(d: Draw): RoleGrant {
  const withStages = d.chance(40);
  const fitting = ASKED.filter(
    (permission) => !withStages || ['Run', 'Gate'].includes(PERMISSIONS[permission].of),
  );
  const permissions = d.some(d.chance(90) ? fitting : ALL, 5);
  const about = permissions.map((permission) => PERMISSIONS[permission].of);
  const inWorkspace = about.every((type) => type !== 'Platform' && type !== 'Person');
  const hasAutomation = inWorkspace && !about.includes('Workspace');

  return {
    permissions,
    classes: (permissions.includes('field.read') ? d.chance(95) : d.chance(3))
      ? d.some(CLEAR_CLASSES, 2)
      : undefined,
    stages: withStages ? d.some(STAGES.slice(0, 2), 2) : undefined,
    automations: (hasAutomation ? d.chance(30) : d.chance(3)) ? d.some(AUTOMATIONS, 1) : undefined,
    where: (inWorkspace ? d.chance(40) : d.chance(3)) ? whereOf(d) : undefined,
  };
}

const whereOf = (d: Draw) =>
  Object.fromEntries(
    d
      .some(Object.entries(ATTRIBUTES), 2)
      .map(([name, values]) => [name, d.chance(50) ? ('own' as const) : d.some(values, 2)]),
  );

/**
 * The custom roles of a company; one of them administers, so that its holders often meet gates they
 * would decide at.
 */
export const rolesOf = (d: Draw): RoleBody[] => [
  ...CUSTOM.filter((name) => name !== 'team-member' || d.chance(20)).map((name) => roleOf(d, name)),
  {
    v: 'role/1',
    name: 'founder',
    says: 'creates workspaces',
    grants: [{ permissions: ['workspace.create'] }],
  },
];

export function personOf(d: Draw, customRoles: readonly RoleBody[]): Principal {
  const mine = customRoles.length > 0 && d.chance(60) ? d.some(customRoles, 2) : [];
  return {
    id: d.one(PEOPLE),
    roles: [
      ...(d.chance(mine.length > 0 ? 40 : 80) ? d.some(ROLES, 2) : []),
      ...mine.map(({ name }) => name),
      ...(d.chance(5) ? ['no-such-role'] : []),
    ],
    customRoles: mine,
    workspaces: d.chance(15) ? '*' : d.chance(5) ? [] : d.some(WORKSPACES, 2),
    attributes: attributes(d),
  };
}

export function requestOf(d: Draw, principal: Principal): AccessRequest {
  const permission = d.one(ASKED);

  const resource = thing(PERMISSIONS[permission].of, {
    workspace: d.one(WORKSPACES),
    attributes: attributes(d),
    automation: d.one(AUTOMATIONS),
    run: `run${d.below(9)}`,
    stage: d.one(STAGES),
    requester: d.one(['', 'nobody', ...PEOPLE]),
    gate: 'approval',
    decidedBy: d.one([...ROLES, ...CUSTOM, ...principal.roles, ...principal.roles]),
    id: d.one(PEOPLE),
  });

  return {
    principal,
    permission,
    resource,
    class: permission === 'field.read' ? d.one([...CLEAR_CLASSES, ...DATA_CLASSES]) : undefined,
  };
}
