import type {
  AccessRequest,
  Permission,
  Principal,
  Resource,
  RoleBody,
  RoleGrant,
} from '#shared/access/index.ts';

/**
 * Whether a request is to be allowed, written from the sentences that describe the roles and
 * nothing else: no policy, no Cedar, no code of `shared/access`. What it says and what the policies
 * say is compared by the thousand.
 *
 * @param request - Its permission is about its resource's type.
 */
export function oracle(request: AccessRequest): boolean {
  const { principal, permission, resource, class: dataClass } = request;
  if (!isInside(principal, resource)) return false;

  if (permission === 'gate.decide') {
    if (principal.roles.includes('Admin') || principal.roles.includes('Operator')) return false;
    if (resource.type === 'Gate' && resource.requester === principal.id) return false;
    if (customRolesOf(principal).some(creates)) return false;
  }

  if (permission === 'workspace.create' && principal.workspaces !== '*') return false;
  if (permission === 'field.read' && dataClass !== 'public' && dataClass !== 'internal')
    return false;
  if (permission === 'person.read' && resource.type === 'Person' && resource.id === principal.id)
    return true;
  if (principal.roles.some((name) => BUILT_IN[name]?.(request) ?? false)) return true;

  return customRolesOf(principal).some(({ name, grants: all }) =>
    all.some((grant) => grants(name, grant, request)),
  );
}

/** Those that somebody holds and that give anything: of two by one name neither does. */
function customRolesOf({ roles, customRoles }: Principal): readonly RoleBody[] {
  const unclear = customRoles.filter(
    ({ name }, i) => customRoles.findIndex((other) => other.name === name) !== i,
  );
  return customRoles.filter(
    (custom) =>
      roles.includes(custom.name) &&
      !unclear.some(({ name }) => name === custom.name) &&
      makesSense(custom),
  );
}

const creates = ({ grants: all }: RoleBody) =>
  all.some(({ permissions }) => permissions.includes('workspace.create'));

function isInside({ workspaces }: Principal, resource: Resource): boolean {
  return (
    resource.type === 'Platform' ||
    resource.type === 'Person' ||
    workspaces === '*' ||
    workspaces.includes(resource.workspace)
  );
}

const decidedBy = (resource: Resource, role: string) =>
  resource.type === 'Gate' && resource.decidedBy === role;
const AUTOMATIONS: readonly Permission[] = ['automation.list', 'automation.read', 'rollout.read'];
const RUNS: readonly Permission[] = ['run.list', 'run.read'];
const GATES: readonly Permission[] = ['gate.list', 'gate.read'];
const WORKSPACES: readonly Permission[] = ['workspace.list', 'workspace.read'];
const DIRECTORY: readonly Permission[] = ['person.list', 'person.read', 'role.list', 'role.read'];
const FIELDS: readonly Permission[] = ['field.read'];

const BUILT_IN: Readonly<Record<string, (request: AccessRequest) => boolean>> = {
  Admin: ({ permission }) =>
    [...DIRECTORY, ...WORKSPACES, 'workspace.create', ...AUTOMATIONS, ...RUNS].includes(permission),
  'Compliance Officer': ({ permission, resource }) =>
    [
      ...RUNS,
      ...FIELDS,
      ...GATES,
      'trail.read',
      ...AUTOMATIONS,
      ...WORKSPACES,
      ...DIRECTORY,
    ].includes(permission) ||
    (permission === 'gate.decide' && decidedBy(resource, 'Compliance Officer')),
  'Team Member': ({ permission, resource }) =>
    ['run.start', ...RUNS, ...FIELDS, ...GATES, ...AUTOMATIONS, ...WORKSPACES].includes(
      permission,
    ) ||
    (permission === 'gate.decide' && decidedBy(resource, 'Team Member')),
  Client: ({ permission, resource, class: dataClass }) =>
    [...RUNS, 'gate.list', ...WORKSPACES].includes(permission) ||
    (permission === 'field.read' && dataClass === 'public') ||
    ((permission === 'gate.read' || permission === 'gate.decide') && decidedBy(resource, 'Client')),
  Vendor: () => false,
  Operator: ({ permission }) => [...AUTOMATIONS, ...RUNS, ...WORKSPACES].includes(permission),
  Auditor: ({ permission }) =>
    !['run.start', 'gate.decide', 'workspace.create'].includes(permission),
};

function grants(
  name: string,
  grant: RoleGrant,
  { principal, permission, resource, class: dataClass }: AccessRequest,
): boolean {
  if (!grant.permissions.includes(permission)) return false;
  if (
    grant.automations &&
    !('automation' in resource && grant.automations.includes(resource.automation))
  )
    return false;
  if (grant.stages && !('stage' in resource && grant.stages.includes(resource.stage))) return false;
  if (permission === 'field.read' && !grant.classes?.some((one) => one === dataClass)) return false;
  if (permission === 'gate.decide' && !decidedBy(resource, name)) return false;

  return Object.entries(grant.where ?? {}).every(([attribute, values]) => {
    const has =
      'attributes' in resource
        ? new Map(Object.entries(resource.attributes)).get(attribute)
        : undefined;
    const own = new Map(Object.entries(principal.attributes)).get(attribute);
    return has !== undefined && (values === 'own' ? own === has : values.includes(has));
  });
}

const ABOUT_RUNS_AND_GATES = /^(?:run\.read|field\.read|trail\.read|gate\.read|gate\.decide)$/;
const ABOUT_AUTOMATIONS = /^(?:run\.start|rollout\.read)$/;
const IN_WORKSPACES = /^(?:workspace\.read|run\.list|gate\.list)$/;

/**
 * A role that joins what has to be apart, or has a condition that means nothing, gives nothing at
 * all.
 */
function makesSense({ name, grants: all }: RoleBody): boolean {
  const like = [
    'admin',
    'complianceofficer',
    'teammember',
    'client',
    'vendor',
    'operator',
    'auditor',
  ];
  if (like.includes(name.replaceAll('-', ''))) return false;
  const permissions = all.flatMap((grant) => grant.permissions);
  if (permissions.includes('gate.decide') && permissions.includes('workspace.create')) return false;

  return all.every((grant) => {
    if (grant.permissions.includes('field.read') !== (grant.classes !== undefined)) return false;

    return grant.permissions.every((permission) => {
      const ofRun = ABOUT_RUNS_AND_GATES.test(permission);
      const ofAutomation = ofRun || ABOUT_AUTOMATIONS.test(permission);
      const ofWorkspace = ofAutomation || IN_WORKSPACES.test(permission);

      return (
        (!grant.stages || ofRun) &&
        (!grant.automations || ofAutomation) &&
        (!grant.where || ofWorkspace)
      );
    });
  });
}
