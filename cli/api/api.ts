import type { Decision, Gate, GateSummary, Page, Person, Run, RunSummary, TrailItem, Workspace } from './answers.ts';
import { ask } from './transport.ts';

/** What the commands ask of the API, each as the person whose token it is. Every one throws what `ask` throws. */
export interface Api {
  me(): Promise<Person>;
  workspaces(page: PageOf): Promise<Page<Workspace>>;
  /** Newest first. */
  runs(of: PageOf & { readonly workspace: string; readonly automation?: string }): Promise<Page<RunSummary>>;
  run(id: string): Promise<Run>;
  start(upload: Upload): Promise<Started>;
  /** Oldest first. */
  trail(run: string, page: Pick<PageOf, 'cursor'>): Promise<Page<TrailItem>>;
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

/** The API at an address, asked with a token. */
export function openApi(base: URL, token: string): Api {
  const get = async <Body>(path: readonly string[], query: Query = {}): Promise<Body> =>
    (await ask<Body>(base, token, { path, query })).body;
  const list = async <Name extends string, Item>(name: Name, path: readonly string[], query: Query): Promise<Page<Item>> => {
    const { cursor, [name]: items } = await get<{ readonly cursor?: string } & Readonly<Record<Name, readonly Item[]>>>(path, query);
    return { items, ...(cursor === undefined ? {} : { cursor }) };
  };
  return {
    me: () => get(['me']),
    workspaces: (page) => list('workspaces', ['workspaces'], { ...page }),
    runs: (of) => list('runs', ['runs'], { ...of }),
    run: (id) => get(['runs', id]),
    trail: (run, { cursor }) => list('entries', ['runs', run, 'trail'], { cursor }),
    gates: (of) => list('gates', ['gates'], { ...of }),
    gate: (id) => get(['gates', id]),
    async start({ workspace, automation, key, bytes }) {
      const sent = {
        method: 'POST',
        path: ['runs'],
        query: { workspace, automation },
        headers: { 'idempotency-key': key },
        body: bytes,
      } as const;
      return (await ask<Started>(base, token, sent)).body;
    },
    async decide(gate, body) {
      return (await ask<Decision>(base, token, { method: 'POST', path: ['gates', gate, 'decision'], body })).body;
    },
  };
}

/** A token of the platform on this machine, for one of its sample people. Throws what `ask` throws. */
export async function signIn(base: URL, body: { readonly person: string; readonly code: string }): Promise<{ readonly token: string }> {
  return (await ask<{ readonly token: string }>(base, undefined, { method: 'POST', path: ['sign-in'], body })).body;
}
