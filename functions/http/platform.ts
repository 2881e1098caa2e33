import type { Resource } from '#shared/access/index.ts';

/**
 * What belongs to no workspace, as access is decided about it: the directory, the automations that
 * are deployed, the list of workspaces.
 */
export const PLATFORM: Resource = { type: 'Platform' };
