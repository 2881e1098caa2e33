import type { Resource } from '#shared/access/index.ts';

/**
 * Resource for access to data outside workspaces: the directory, the deployed automations and the
 * list of workspaces.
 */
export const PLATFORM: Resource = { type: 'Platform' };
