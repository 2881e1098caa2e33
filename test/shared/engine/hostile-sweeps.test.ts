import { describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { fireTimers, startRun, sweep } from '#shared/engine/index.ts';
import type { Json } from '#shared/kernel/index.ts';
import type { Document, Ledger, Message } from '#shared/ledger/index.ts';
import { LedgerUnknownError } from '#shared/ledger/index.ts';
import { assertMessages } from '#shared/ledger/prepare.ts';
import { workbench } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const [step = ''] = invoice.steps.keys();
const long = 'x'.repeat(300);
const subjectsOf = (value: Json) =>
  Object.fromEntries(Object.keys(invoice.subjects).map((subject) => [subject, value]));

const run = (id: string, body: { readonly [name: string]: Json | undefined } = {}): Document => ({
  target: `run#${invoice.name}#acme#${id}`,
  rev: 1,
  commitment: 'c',
  body: {
    v: 'run/1',
    id,
    workspace: 'acme',
    automation: invoice.name,
    version: 1,
    definition: invoice.definition,
    status: 'running',
    stage: '',
    requester: 'u',
    startedAt: 0,
    subjects: subjectsOf('s1'),
    steps: { [step]: { state: 'ready' } },
    gates: {},
    branches: {},
    ...body,
  },
});

const timer = (id: string, body: { readonly [name: string]: Json } = {}): Document => ({
  target: `timer#${invoice.name}#acme#${id}.approve-payment`,
  rev: 1,
  commitment: 'c',
  body: { v: 'timer/1', run: id, workspace: 'acme', gate: 'approve-payment', at: 0, ...body },
});

/** Documents that are due, to a ledger that refuses messages as every ledger does. */
function due(documents: readonly Document[]) {
  const sent: Message[] = [];
  const ledger = {
    query: () => Promise.resolve({ documents }),
    send: (messages: readonly Message[]) => {
      assertMessages(messages);
      sent.push(...messages);
      return Promise.resolve();
    },
  } as Partial<Ledger> as Ledger;
  return { ports: { ledger, clock: { now: () => 10 } }, sent };
}

describe('a run that a hostile step wrote', () => {
  it.each([
    ['of another form', { subjects: 'none' }],
    ['with a number for a subject', { subjects: subjectsOf(5) }],
    ['with a subject too long for a message', { subjects: subjectsOf(long) }],
    ['with a step that no queue has', { steps: { [long]: { state: 'ready' } } }],
    ['without a workspace', { workspace: undefined }],
    ['of another workspace', { workspace: 'globex' }],
    ['of another automation', { automation: 'other' }],
    ['with the id of another run', { id: 'another' }],
  ])('%s keeps no message from another run, and sends none of its own', async (_, body) => {
    const { ports, sent } = due([run('bad', body), run('good')]);

    expect(await sweep(ports, invoice)).toBe(2);
    expect(sent.map(({ queue, run: of }) => [queue, of])).toEqual([
      [`${invoice.name}.${step}`, 'good'],
    ]);
  });
});

describe('a timer that a hostile step wrote', () => {
  it.each([
    ['without a run', { run: 5 }],
    ['of a run with a long name', { run: long }],
    ['of another workspace', { workspace: 'globex' }],
  ])('%s wakes the run of its key, and keeps no other timer from firing', async (_, body) => {
    const { ports, sent } = due([timer('bad', body), timer('good')]);

    expect(await fireTimers(ports, invoice)).toBe(2);
    expect(sent.map(({ workspace, run: of }) => [workspace, of])).toEqual([
      ['acme', 'bad'],
      ['acme', 'good'],
    ]);
  });
});

describe('a start whose input is too large', () => {
  it('is refused in one entry, also when the ledger does not learn what became of it', async () => {
    const flow = paymentFlow();
    const bench = await workbench(flow);
    const ports = bench.ports(`${flow.name}.intake`);
    let refusals = 0;
    const ledger: Ledger = {
      identity: ports.ledger.identity,
      read: (targets) => ports.ledger.read(targets),
      query: (query) => ports.ledger.query(query),
      send: (messages) => ports.ledger.send(messages),
      async commit(commit) {
        const committed = await ports.ledger.commit(commit);
        if (commit.entries[0]?.action !== 'run.refuse') return committed;
        refusals += 1;
        throw new LedgerUnknownError('timeout');
      },
    };

    await expect(
      startRun({ ...ports, ledger }, flow, {
        workspace: WORKBENCH_WORKSPACE,
        idempotencyKey: 'k',
        requester: { kind: 'user', id: 'u', auth: 'embedded' },
        input: { ...input(), note: 'x'.repeat(400 * 1024) },
      }),
    ).rejects.toMatchObject({ code: 'ledger.unknown' });
    expect(refusals).toBe(1);
  });
});
