import type * as z from 'zod/mini';
import type {
  automationSchema,
  rolloutSchema,
} from '#functions/http/automations/automation-view.ts';
import type {
  decisionSchema,
  gateSchema,
  gateSummarySchema,
} from '#functions/http/gates/gate-view.ts';
import type { personSchema } from '#functions/http/people/person-view.ts';
import type { runSchema, runSummarySchema } from '#functions/http/runs/run-view.ts';
import type { trailSchema } from '#functions/http/trail/get-run-trail.ts';
import type { workspaceSchema } from '#functions/http/workspaces/workspace-view.ts';

/** What the API answers: the forms themselves that it checks its answers by. */
export type Person = z.output<typeof personSchema>;
export type RunSummary = z.output<typeof runSummarySchema>;
export type Run = z.output<typeof runSchema>;
export type GateSummary = z.output<typeof gateSummarySchema>;
export type Gate = z.output<typeof gateSchema>;
export type Decision = z.output<typeof decisionSchema>;
export type Automation = z.output<typeof automationSchema>;
export type Rollout = z.output<typeof rolloutSchema>;
export type Workspace = z.output<typeof workspaceSchema>;

/** Some items of a list, which may be fewer than were asked for. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the next page; absent at the end. */
  readonly cursor?: string;
}

export interface TrailPage extends Page<z.output<typeof trailSchema>['entries'][number]> {
  /** Entries in the place of these that are not of the form of an entry. */
  readonly unreadable: number;
}
