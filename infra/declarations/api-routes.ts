import type { Route } from '#functions/framework/http/route.ts';
import { makeAutomations } from '#functions/http/automations/index.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import { makeHealth } from '#functions/http/health/index.ts';
import { type OperationGroup, openapiOf } from '#functions/http/openapi/document.ts';
import { http as people } from '#functions/http/people/index.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import type { Group } from '../authority/api-authority.ts';

/** The routes of each group. */
export type RoutesByGroup = Readonly<Record<Group, readonly Route[]>>;

/**
 * Groups of the API. They are created without automations, because automations do not change the
 * routes.
 */
const GROUPS = {
  health: makeHealth({}),
  runs: makeRuns([]),
  gates: makeGates([]),
  automations: makeAutomations([]),
  trail,
  people,
  workspaces,
};

/** The routes of each group. */
export const API_ROUTES: RoutesByGroup = {
  health: GROUPS.health.routes,
  runs: GROUPS.runs.routes,
  gates: GROUPS.gates.routes,
  automations: GROUPS.automations.routes,
  trail: GROUPS.trail.routes,
  people: GROUPS.people.routes,
  workspaces: GROUPS.workspaces.routes,
};

/** Returns the OpenAPI document of the API, which the function `health` serves. */
export const openapi = () =>
  openapiOf(Object.entries(GROUPS).map(([name, { routes }]): OperationGroup => ({ name, routes })));
