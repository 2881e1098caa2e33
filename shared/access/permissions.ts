/**
 * Closed catalogue of the permissions of people. Each can be granted separately. Policies, roles
 * and endpoints use only these names. `of` is the type of the resource.
 */
export const PERMISSIONS = {
  'run.start': { of: 'Automation', means: 'start runs of an automation in a workspace' },
  'run.list': {
    of: 'Workspace',
    means: 'list runs of a workspace; which of them are shown is decided for each',
  },
  'run.read': {
    of: 'Run',
    means: 'see the state of a run: its stage, steps and gates, not its fields',
  },
  'field.read': { of: 'Run', means: 'read the fields of a run that are of one data class' },
  'trail.read': { of: 'Run', means: 'read the audit entries of a run' },
  'gate.list': {
    of: 'Workspace',
    means: 'list the gates of a workspace that wait; which of them are shown is decided for each',
  },
  'gate.read': { of: 'Gate', means: 'see a gate, why it waits and how it was decided' },
  'gate.decide': { of: 'Gate', means: 'approve or reject at a gate' },
  'automation.list': { of: 'Platform', means: 'list what automations there are' },
  'automation.read': { of: 'Platform', means: 'see what an automation declares' },
  'rollout.read': {
    of: 'Automation',
    means: 'see how far an automation is trusted in a workspace',
  },
  'workspace.list': {
    of: 'Platform',
    means: 'list workspaces; which of them are shown is decided for each',
  },
  'workspace.read': { of: 'Workspace', means: 'see a workspace and its attributes' },
  'workspace.create': { of: 'Platform', means: 'create a workspace' },
  'person.list': { of: 'Platform', means: 'list the people of the directory' },
  'person.read': { of: 'Person', means: 'see a person: name, roles, workspaces' },
  'role.list': { of: 'Platform', means: 'list roles' },
  'role.read': { of: 'Platform', means: 'see what a role allows' },
} as const satisfies Record<string, { readonly of: ResourceType; readonly means: string }>;

export type Permission = keyof typeof PERMISSIONS;

export type ResourceType = 'Platform' | 'Workspace' | 'Automation' | 'Run' | 'Gate' | 'Person';
