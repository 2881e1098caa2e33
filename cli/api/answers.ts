import type * as z from 'zod/mini';
import type { decisionForm, gateForm, gateSummaryForm } from '#functions/http/gates/gate-view.ts';
import type { personForm } from '#functions/http/people/person-view.ts';
import type { runForm, runSummaryForm } from '#functions/http/runs/run-view.ts';
import type { workspaceForm } from '#functions/http/workspaces/workspace-view.ts';
import type { Entry } from '#shared/audit/index.ts';

/** What the API answers: the forms themselves that it checks its answers by. */
export type Person = z.output<typeof personForm>;
export type RunSummary = z.output<typeof runSummaryForm>;
export type Run = z.output<typeof runForm>;
export type GateSummary = z.output<typeof gateSummaryForm>;
export type Gate = z.output<typeof gateForm>;
export type Decision = z.output<typeof decisionForm>;
export type Workspace = z.output<typeof workspaceForm>;

/** An entry, and the hash of its stored bytes. */
export interface TrailItem {
  readonly entry: Entry;
  readonly sha256: string;
}

/** Some items of a list, which may be fewer than were asked for. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** For the next page; absent at the end. */
  readonly cursor?: string;
}
