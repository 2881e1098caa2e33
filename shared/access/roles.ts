import type { BuiltInRole } from '#shared/kernel/index.ts';

/**
 * The built-in roles. Their permissions are defined in `policies/` and listed in
 * `docs/permissions.md`. No role can both decide at gates and change permissions or deployments.
 */
export const BUILT_IN_ROLES = {
  Admin: {
    says: 'looks after people, roles and workspaces; sees the state of runs, none of their fields, and never decides',
  },
  'Compliance Officer': {
    says: 'decides at gates, reads runs, their clear fields and their entries',
  },
  'Team Member': {
    says: 'starts runs, reads them and their clear fields, decides where a gate asks a team member',
  },
  Client: {
    says: 'sees the runs of their own workspaces and public fields, decides where a gate asks the client',
  },
  Vendor: { says: 'a person of an outside company; sees nothing but themselves' },
  Operator: {
    says: 'deploys and operates; sees the state of runs, none of their fields, and never decides',
  },
  Auditor: { says: 'reads everything that is clear, and changes nothing' },
} as const satisfies Record<BuiltInRole, { readonly says: string }>;
