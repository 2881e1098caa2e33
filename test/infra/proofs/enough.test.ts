import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import { environmentOf } from '#infra/environment.ts';
import type { Statement } from '#infra/statements.ts';
import { ACTIONS } from '#shared/audit/index.ts';
import type { Request } from '../../iam/index.ts';
import { DEV } from '../template.ts';
import { type Account, accountOf } from './account.ts';
import { Recorder } from './recorder.ts';
import { RecordedBench, WORKSPACE } from './recorder-bench.ts';
import { INVOICES } from './recorder-invoice.ts';
import { REFUND, REFUNDS } from './recorder-refund.ts';

/**
 * Whole runs on the embedded engine, every function behind its own recorded ports. What it does there is put to IAM as the calls
 * of AWS that it would be (`recorder.ts` says what is taken for granted of the adapters). So a role that is too narrow shows
 * before anything is deployed, and so does one that is wider than anything that happens.
 */
const recorder = new Recorder();
const written = new Set<string>();
const folder = mkdtempSync(join(tmpdir(), 'writ-test-'));

const ANYTHING = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const CELL = environmentOf({
  name: 'prod',
  region: 'eu-west-1',
  account: '333344445555',
  cell: WORKSPACE,
  estate: { boundaryArn: 'arn:aws:iam::333344445555:policy/theirs' },
});
/** Those of which there are scenarios: every grant that nobody uses is a matter of what they ask for. */
const PLAYED = [invoice, REFUND];
const POOLED = accountOf(DEV, undefined, PLAYED);
const ENVIRONMENTS: readonly (readonly [string, Account])[] = [
  ['an environment of many workspaces', POOLED],
  ['a cell, with egress isolated and under a boundary of somebody else', accountOf(CELL, ANYTHING, PLAYED)],
];

beforeAll(async () => {
  for (const [flow, scenarios] of [
    [invoice, INVOICES],
    [REFUND, REFUNDS],
  ] as const) {
    const bench = await RecordedBench.open(flow, join(folder, flow.name), recorder);
    for (const [what, play] of scenarios) {
      bench.trouble = {};
      await play(bench).catch((cause) => expect.fail(`${flow.name}, ${what}: ${cause}`));
    }
    for (const action of await bench.actions()) written.add(action);
    bench.close();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const grants = (automation: string, parts: readonly string[], grant: string) => parts.map((part) => `${automation}.${part} ${grant}`);

/**
 * What roles grant and nothing in these scenarios needs, and why it never will, as far as the engine goes today. A line that is
 * no longer true fails, and so does a grant that nobody uses and that is not here. A statement alone is meant as a whole, else
 * one member of one of its lists.
 */
const UNUSED: readonly { readonly because: string; readonly grants: readonly string[] }[] = [
  {
    because:
      'of runs only those that have just started are marked, so the sweeper repeats word to the first step (and, of decisions, to intake)',
    grants: [
      ...['match-order', 'check-supplier', 'pay', 'tell-supplier', 'tell-rejection'].flatMap((step) =>
        grants('invoice-approval', ['sweeper'], `SendMessages: invoice-approval.${step}`),
      ),
      ...['refund-now', 'bonus'].flatMap((step) => grants('made-up', ['sweeper'], `SendMessages: made-up.${step}`)),
    ],
  },
  {
    because: 'intake repeats word only of runs that have come to a gate, so never to a step between the first and the gate',
    grants: ['match-order', 'check-supplier'].flatMap((step) =>
      grants('invoice-approval', ['intake'], `SendMessages: invoice-approval.${step}`),
    ),
  },
  {
    because: 'the gate before it asks no rule: where it lets a run pass, in shadow, the second one does, too',
    grants: ['gate', 'timer'].flatMap((kind) => grants('made-up', ['look'], `OpenGates: ${kind}#made-up#*#*.second`)),
  },
];

describe.each(ENVIRONMENTS)('what functions do in whole runs, in %s', (_, account) => {
  it('is allowed by their roles, call by call', () => {
    const refused = [...recorder.questions(account)].flatMap(([fn, requests]) => [
      ...new Set(requests.flatMap((request) => refusal(fn, request, account))),
    ]);
    expect(refused).toEqual([]);
  });

  // of the statements that are derived from declarations, which the templates hold word for word; what Lambda needs to join an
  // isolated network comes on top, and nothing of it happens here
  it('needs everything that their roles grant, but for what is listed', () => {
    const questions = recorder.questions(account);
    const unused = account.functions.flatMap(({ name, statements }) =>
      [...unusedOf(statements, questions.get(name) ?? [], account)].map((grant) => `${name} ${grant}`),
    );
    expect(unused.sort()).toEqual(UNUSED.flatMap(({ grants }) => grants).sort());
  });
});

it('leaves no function out, and no kind of entry that functions of an automation write', () => {
  expect([...recorder.questions(POOLED).keys()].sort()).toEqual(POOLED.functions.map(({ name }) => name).sort());
  const byOthers = ['gate.decide', 'record.import', 'rollout.seed', 'subject.shred', 'workspace.create'];
  expect([...written, ...byOthers].sort()).toEqual(Object.keys(ACTIONS).sort());
});

/** The refusal of a call in words, without ids that are drawn; nothing where it is allowed. */
function refusal(fn: string, request: Request, account: Account): string[] {
  const answer = account.ask([request]);
  if (answer.decision === 'allowed') return [];
  const { 'dynamodb:LeadingKeys': keys = [], 'dynamodb:Attributes': attributes = [] } = request.context;
  const of = [...new Set([keys].flat().map((key) => key.replace(/\b[a-z0-9]{26}\b/g, '…')))];
  const why = answer.by === 'explicit-deny' ? `${answer.layer} ${answer.sid}` : answer.layer;
  return [[fn, request.action, inShort(request.resource), ...of, ...[attributes].flat(), 'refused by', why].join(' ')];
}

/** What of a role's statements could be taken away without any of the requests being refused: a whole one, or a member of its lists. */
function* unusedOf(statements: readonly Statement[], requests: readonly Request[], account: Account): Iterable<string> {
  const isRefused = (some: readonly Statement[], request: Request) => account.askWith(some, [request]).decision === 'denied';
  const granted = requests.filter((request) => !isRefused(statements, request));
  for (const [i, statement] of statements.entries()) {
    const touched = granted.filter(({ action }) => statement.Action?.includes(action));
    const isMissed = (less: readonly Statement[]) => touched.some((request) => isRefused(statements.toSpliced(i, 1, ...less), request));
    if (!isMissed([])) yield `${statement.Sid}`;
    else for (const [member, less] of lessOf(statement)) if (!isMissed([less])) yield `${statement.Sid}: ${inShort(member)}`;
  }
}

/** A statement without one member of one of its lists, for every member of every list that has more than one. */
function* lessOf<T>(value: T): Iterable<readonly [member: string, less: T]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(inner)) for (const [member, less] of lessOf(inner)) yield [member, { ...value, [key]: less }];
    else if (inner.length > 1)
      for (const [i, member] of inner.entries()) yield [String(member), { ...value, [key]: inner.toSpliced(i, 1) }];
  }
}

/** A resource by its name in the product, a key without its workspace: the same in every environment. */
function inShort(text: string): string {
  if (!text.startsWith('arn:')) return text.replaceAll(`#${WORKSPACE}`, '#*');
  return text
    .replace(/^.*[:/]/, '')
    .replace(/^[^_]*_/, '')
    .replaceAll('_', '.');
}
