import type * as z from 'zod/mini';
import type { automationForm, rolloutForm } from '#functions/http/automations/automation-view.ts';
import type { decisionForm, gateForm, gateSummaryForm } from '#functions/http/gates/gate-view.ts';
import type { personForm } from '#functions/http/people/person-view.ts';
import type { runForm, runSummaryForm } from '#functions/http/runs/run-view.ts';
import type { trailForm } from '#functions/http/trail/get-run-trail.ts';
import type { workspaceForm } from '#functions/http/workspaces/workspace-view.ts';

/** What the API answers: the forms themselves that it checks its answers by. */
export type Person = z.output<typeof personForm>;
export type RunSummary = z.output<typeof runSummaryForm>;
export type Run = z.output<typeof runForm>;
export type GateSummary = z.output<typeof gateSummaryForm>;
export type Gate = z.output<typeof gateForm>;
export type Decision = z.output<typeof decisionForm>;
export type Automation = z.output<typeof automationForm>;
export type Rollout = z.output<typeof rolloutForm>;
export type Workspace = z.output<typeof workspaceForm>;

/** Some items of a list, which may be fewer than were asked for. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the next page; absent at the end. */
  readonly cursor?: string;
}

export interface TrailPage extends Page<z.output<typeof trailForm>['entries'][number]> {
  /** Entries in the place of these that are not of the form of an entry. */
  readonly unreadable: number;
}
