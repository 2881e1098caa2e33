import * as z from 'zod/mini';
import type { RoleBody } from '#shared/access/index.ts';
import { automation } from '#shared/automation/index.ts';
import {
  type HttpBench,
  type HttpBenchOptions,
  httpBench,
  SAMPLE_PEOPLE,
} from '../../support/http.ts';
import type { Source } from '../../support/http-sources.ts';
import { contractReview } from './world.ts';

const declared = automation({
  name: 'memo',
  version: 1,
  purpose: 'a second automation beside the first',
  subjects: {},
  fields: { text: z.string(), read: z.boolean() },
});
const reads = declared.step('read', {
  reads: ['text'],
  writes: ['read'],
  effect: 'none',
  run: () => ({ read: true }),
});

/** One step and no gate. Uploads are JSON. */
export const memo: Source = {
  flow: declared.flow((run) => run.stage('reading').step(reads)),
  read: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>,
};

/** Decides at one of the gates of contract review, and sees what it takes to. */
export const BOOKKEEPER: RoleBody = {
  v: 'role/1',
  name: 'bookkeeper',
  says: 'decides about booking',
  grants: [
    { permissions: ['run.list', 'gate.list'] },
    { permissions: ['run.read', 'gate.read', 'gate.decide'], automations: ['contract-review'] },
  ],
};

/** Reads what the gates of contract review show. With {@link BOOKKEEPER} it decides there. */
export const PAPER_READER: RoleBody = {
  v: 'role/1',
  name: 'paper-reader',
  says: 'reads contracts',
  grants: [
    {
      permissions: ['field.read'],
      automations: ['contract-review'],
      classes: ['public', 'internal'],
    },
  ],
};

/** The sample people, one who starts and decides, and one of a custom role. */
export const PEOPLE = [
  ...SAMPLE_PEOPLE,
  { id: 'both', roles: ['Team Member', 'Compliance Officer'], workspaces: ['acme'] },
  { id: 'other-client', roles: ['Client'], workspaces: ['acme'] },
  {
    id: 'keeper',
    roles: ['bookkeeper'],
    workspaces: ['acme'],
    name: 'Kim Keeper',
    email: 'kim@example.com',
  },
] as const;

/** The platform with contract review and memos, over HTTP. */
export function papers(options: HttpBenchOptions = {}): Promise<HttpBench> {
  return httpBench({
    automations: [contractReview, memo],
    people: PEOPLE,
    roles: [BOOKKEEPER],
    ...options,
  });
}

export const SECRET_IBAN = 'NL91ABNA0417164300';

export interface Paper {
  readonly as?: string;
  readonly workspace?: string;
  readonly automation?: string;
  readonly key?: string;
  /** Name of the gate at which it waits. */
  readonly waitsAt?: string;
  readonly title?: string;
}

export function upload(bench: HttpBench, paper: Paper = {}) {
  const {
    as = 'clerk',
    workspace = 'acme',
    automation: name = 'contract-review',
    key = 'key-1',
    waitsAt = 'review-ok',
    title = 'A lease',
  } = paper;

  const contract = {
    partyId: 'party-1',
    waitsAt,
    title,
    note: 'internal note',
    iban: SECRET_IBAN,
    fullName: 'Pat Party',
  };

  return bench.ask(`/runs?workspace=${workspace}&automation=${name}`, {
    as,
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: name === 'memo' ? { text: title } : contract,
  });
}

/** Starts a run and takes it as far as it goes. @returns what the API calls it. */
export async function startPaper(bench: HttpBench, paper: Paper = {}): Promise<string> {
  const answer = await upload(bench, paper);
  if (answer.status !== 201)
    throw new Error(`the run was not started: ${answer.status} ${answer.text}`);
  await bench.settle();
  return answer.json<{ id: string }>().id;
}

export interface ShownGate {
  readonly id: string;
  readonly state: string;
  readonly seen: string;
  readonly withheld?: number;
  readonly stage: string;
  readonly hits: readonly {
    readonly rule: string;
    readonly says: string;
    readonly facts?: Readonly<Record<string, unknown>>;
  }[];
  readonly shown: Readonly<Record<string, unknown>>;
  readonly decision?: Readonly<Record<string, unknown>>;
}

/** Decides at a gate as somebody who was shown it. */
export async function decideAt(
  bench: HttpBench,
  as: string,
  gate: string,
  over: Readonly<Record<string, unknown>> = {},
) {
  const shown = await bench.ask(`/gates/${gate}`, { as });
  const seen = shown.status === 200 ? shown.json<ShownGate>().seen : 'x'.repeat(43);

  return bench.ask(`/gates/${gate}/decision`, {
    as,
    method: 'POST',
    body: { outcome: 'approved', reason: 'it is as agreed', seen, ...over },
  });
}
