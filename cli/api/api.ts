import * as z from 'zod/mini';
import { automationSchema, rolloutSchema } from '#functions/http/automations/automation-view.ts';
import { decisionSchema, gateSchema, gateSummarySchema } from '#functions/http/gates/gate-view.ts';
import { personSchema } from '#functions/http/people/person-view.ts';
import { runSchema, runSummarySchema } from '#functions/http/runs/run-view.ts';
import { trailSchema } from '#functions/http/trail/get-run-trail.ts';
import { workspaceSchema } from '#functions/http/workspaces/workspace-view.ts';
import type {
  Automation,
  Decision,
  Gate,
  GateSummary,
  Page,
  Person,
  Rollout,
  Run,
  RunSummary,
  TrailPage,
  Workspace,
} from './answers.ts';
import { ask } from './transport.ts';

/**
 * What the commands ask of the API, each as the person whose token it is. Every one throws what
 * `ask` throws.
 */
export interface Api {
  me(): Promise<Person>;
  workspaces(page: PageOf): Promise<Page<Workspace>>;
  /** Newest first. */
  runs(
    of: PageOf & { readonly workspace: string; readonly automation?: string },
  ): Promise<Page<RunSummary>>;
  run(id: string): Promise<Run>;
  start(upload: Upload): Promise<Started>;
  /** What an automation declares. */
  automation(name: string): Promise<Automation>;
  /** How far the automation is trusted in the workspace. */
  rollout(place: { readonly automation: string; readonly workspace: string }): Promise<Rollout>;
  /** Oldest first. */
  trail(run: string, page: Pick<PageOf, 'cursor'>): Promise<TrailPage>;
  /** Those that wait, oldest first. */
  gates(of: PageOf & { readonly workspace: string }): Promise<Page<GateSummary>>;
  gate(id: string): Promise<Gate>;
  decide(gate: string, decide: Decide): Promise<Decision>;
}

export interface PageOf {
  /** 1 to 100. */
  readonly limit?: number;
  /** As the page before gave it. */
  readonly cursor?: string;
}

export interface Upload {
  readonly workspace: string;
  readonly automation: string;
  /** The same key is the same run, however often it is sent. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

export interface Started {
  /** Of the run. */
  readonly id: string;
  /** False: it was there already, with the same bytes. */
  readonly created: boolean;
}

export interface Decide {
  readonly outcome: 'approved' | 'rejected';
  readonly reason: string;
  /** Of the gate as it was shown. */
  readonly seen: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

const cursor = z.optional(z.string());
const startedSchema = z.strictObject({ id: z.string(), created: z.boolean() });
const runsSchema = z.strictObject({ runs: z.array(runSummarySchema), cursor });
const gatesSchema = z.strictObject({ gates: z.array(gateSummarySchema), cursor });
const workspacesSchema = z.strictObject({ workspaces: z.array(workspaceSchema), cursor });

/** The API at an address, asked with a token. */
export function openApi(base: URL, token: string): Api {
  const get = <Body>(form: z.ZodMiniType<Body>, path: readonly string[], query: Query = {}) =>
    ask(base, token, { path, query }, form);
  return {
    me: () => get(personSchema, ['me']),
    async workspaces(page) {
      const { workspaces: items, ...next } = await get(workspacesSchema, ['workspaces'], {
        ...page,
      });
      return { items, ...next };
    },
    async runs(of) {
      const { runs: items, ...next } = await get(runsSchema, ['runs'], { ...of });
      return { items, ...next };
    },
    automation: (name) => get(automationSchema, ['automations', name]),
    rollout: ({ automation, workspace }) =>
      get(rolloutSchema, ['automations', automation, 'rollout'], { workspace }),
    run: (id) => get(runSchema, ['runs', id]),
    async trail(run, { cursor }) {
      const { entries: items, ...next } = await get(trailSchema, ['runs', run, 'trail'], {
        cursor,
      });
      return { items, ...next };
    },
    async gates(of) {
      const { gates: items, ...next } = await get(gatesSchema, ['gates'], { ...of });
      return { items, ...next };
    },
    gate: (id) => get(gateSchema, ['gates', id]),
    start({ workspace, automation, key, bytes }) {
      const sent = {
        path: ['runs'],
        query: { workspace, automation },
        headers: { 'idempotency-key': key },
        body: bytes,
      };
      return ask(base, token, { method: 'POST', ...sent }, startedSchema);
    },
    decide: (gate, body) =>
      ask(base, token, { method: 'POST', path: ['gates', gate, 'decision'], body }, decisionSchema),
  };
}
