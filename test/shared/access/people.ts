import { openPolicies } from '#shared/access/adapters/cedar.ts';
import type {
  AccessRequest,
  Permission,
  Principal,
  Resource,
  RoleBody,
  RoleGrant,
} from '#shared/access/index.ts';
import type { Metrics } from '#shared/kernel/index.ts';

export type Gate = Extract<Resource, { readonly type: 'Gate' }>;

/** Somebody of acme without a role. */
export function person(parts: Partial<Principal> = {}): Principal {
  return { id: 'anna', roles: [], customRoles: [], workspaces: ['acme'], attributes: {}, ...parts };
}

const GATE: Gate = {
  type: 'Gate',
  workspace: 'acme',
  attributes: {},
  automation: 'invoice-approval',
  run: 'run1',
  stage: 'review',
  requester: 'bert',
  gate: 'approval',
  decidedBy: 'Team Member',
};

/** What a permission is about, of the type it is about, as far as possible with these parts. */
export function thing(
  type: Resource['type'],
  parts: Partial<Omit<Gate, 'type'>> & { readonly id?: string } = {},
): Resource {
  const { workspace, attributes, automation, run, stage, requester, gate, decidedBy } = {
    ...GATE,
    ...parts,
  };
  if (type === 'Platform') return { type };
  if (type === 'Person') return { type, id: parts.id ?? 'bert' };
  if (type === 'Workspace') return { type, workspace, attributes };
  if (type === 'Automation') return { type, workspace, attributes, automation };

  const ofRun = { workspace, attributes, automation, run, stage, requester };

  return type === 'Run' ? { type, ...ofRun } : { type, ...ofRun, gate, decidedBy };
}

export function role(name: string, ...grants: RoleGrant[]): RoleBody {
  return { v: 'role/1', name, says: 'a role of a test', grants };
}

/** Somebody who holds these custom roles. */
export function holder(roles: readonly RoleBody[], parts: Partial<Principal> = {}): Principal {
  return person({ customRoles: roles, roles: roles.map(({ name }) => name), ...parts });
}

/** A request that a test of types would not let pass. */
export const crooked = (request: unknown) => request as AccessRequest;

/** The real policies, and how often something failed while they decided. */
export function policies(folder?: string) {
  const failures = { count: 0 };

  const metrics: Metrics = {
    add(name, value) {
      if (name === 'AccessErrors') failures.count += value;
    },
    flush() {},
  };

  const engine = openPolicies(folder === undefined ? { metrics } : { folder, metrics });

  const may = (
    principal: Principal,
    permission: Permission,
    resource: Resource,
    dataClass?: AccessRequest['class'],
  ) => engine.authorize({ principal, permission, resource, class: dataClass });

  return { ...engine, may, failures };
}
