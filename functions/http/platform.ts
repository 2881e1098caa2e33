import type { Resource } from '#shared/access/index.ts';

/**
 * Resource for access to data of no workspace: the directory, the deployed automations, the list of
 * workspaces.
 */
export const PLATFORM: Resource = { type: 'Platform' };
