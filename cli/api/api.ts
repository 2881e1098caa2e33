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
import { sendRequest } from './transport.ts';

/**
 * API operations that commands use, called as the person that the token identifies. Each throws the
 * errors of {@link sendRequest}.
 */
export interface Api {
  me(): Promise<Person>;
  workspaces(page: PageOf): Promise<Page<Workspace>>;
  /** Lists runs, newest first. */
  runs(
    of: PageOf & { readonly workspace: string; readonly automation?: string },
  ): Promise<Page<RunSummary>>;
  run(id: string): Promise<Run>;
  start(upload: Upload): Promise<Started>;
  /** Reads the declaration of an automation. */
  automation(name: string): Promise<Automation>;
  /** Reads the rollout of an automation in a workspace. */
  rollout(place: { readonly automation: string; readonly workspace: string }): Promise<Rollout>;
  /** Lists the audit entries of a run, oldest first. */
  trail(run: string, page: Pick<PageOf, 'cursor'>): Promise<TrailPage>;
  /** Lists the gates that wait for a decision, oldest first. */
  gates(of: PageOf & { readonly workspace: string }): Promise<Page<GateSummary>>;
  gate(id: string): Promise<Gate>;
  decide(gate: string, request: DecisionRequest): Promise<Decision>;
}

export interface PageOf {
  /** Maximum number of items: 1 to 100. */
  readonly limit?: number;
  /** Cursor from the previous page. */
  readonly cursor?: string;
}

export interface Upload {
  readonly workspace: string;
  readonly automation: string;
  /** Idempotency key: a repeated request with the same key returns the existing run. */
  readonly key: string;
  readonly bytes: Uint8Array;
}

export interface Started {
  /** Id of the run. */
  readonly id: string;
  /** False if the run already existed, with the same bytes. */
  readonly created: boolean;
}

export interface DecisionRequest {
  readonly outcome: 'approved' | 'rejected';
  readonly reason: string;
  /** The `seen` value of the gate, from the time it was shown. */
  readonly seen: string;
}

type Query = Readonly<Record<string, string | number | undefined>>;

const cursor = z.optional(z.string());
const startedSchema = z.strictObject({ id: z.string(), created: z.boolean() });
const runsSchema = z.strictObject({ runs: z.array(runSummarySchema), cursor });
const gatesSchema = z.strictObject({ gates: z.array(gateSummarySchema), cursor });
const workspacesSchema = z.strictObject({ workspaces: z.array(workspaceSchema), cursor });

/** Creates a client for the API at an address. */
export function openApi(base: URL, token: string): Api {
  const connection = { base, token };
  const get = <Body>(schema: z.ZodMiniType<Body>, path: readonly string[], query: Query = {}) =>
    sendRequest(connection, { path, query }, schema);

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
      const request = {
        method: 'POST',
        path: ['runs'],
        query: { workspace, automation },
        headers: { 'idempotency-key': key },
        body: bytes,
      } as const;

      return sendRequest(connection, request, startedSchema);
    },
    decide: (gate, body) =>
      sendRequest(
        connection,
        { method: 'POST', path: ['gates', gate, 'decision'], body },
        decisionSchema,
      ),
  };
}
