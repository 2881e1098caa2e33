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

/** Types of the API's responses, from the schemas with which the API validates them. */
export type Person = z.output<typeof personSchema>;
export type RunSummary = z.output<typeof runSummarySchema>;
export type Run = z.output<typeof runSchema>;
export type GateSummary = z.output<typeof gateSummarySchema>;
export type Gate = z.output<typeof gateSchema>;
export type Decision = z.output<typeof decisionSchema>;
export type Automation = z.output<typeof automationSchema>;
export type Rollout = z.output<typeof rolloutSchema>;
export type Workspace = z.output<typeof workspaceSchema>;

/** Page of a list. May hold fewer items than requested. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Cursor of the next page; absent at the end. */
  readonly cursor?: string;
}

export interface TrailPage extends Page<z.output<typeof trailSchema>['entries'][number]> {
  /** Number of entries on this page that do not have the format of an entry. */
  readonly unreadable: number;
}
