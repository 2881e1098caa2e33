import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { COMMANDS } from '#cli/commands.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { within } from '../within.ts';

const RUN = 'acme.invoice-approval.k3f9x2ab';
const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
  vi.unstubAllEnvs();
});

/**
 * What `writ trail` makes of what a platform answers, which no platform does that is as it should
 * be.
 */
async function trailOf(answer: unknown, ...options: readonly string[]) {
  const server = createServer((_, response) => response.end(JSON.stringify(answer)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(() => server.close());
  vi.stubEnv('WRIT_TOKEN', 'a-token');
  const api = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return within(COMMANDS, 'trail', RUN, '--api', api, '--data', temporaryFolder(), ...options);
}

/** An entry of a run. */
const item = (time: string, writer: string, more: object = {}) => ({
  entry: {
    v: 'audit/1',
    writer: `${writer}#1`,
    n: 1,
    time: Date.parse(time),
    bundle: '0'.repeat(64),
    workspace: 'acme',
    run: 'k3f9x2ab',
    actor: { kind: 'user', id: 'sample-approver', auth: 'embedded', origin: 'local' },
    action: 'gate.decide',
    outcome: 'ok',
  },
  sha256: '0'.repeat(64),
  ...more,
});

describe('a trail', () => {
  it('says why a person was refused as the entry says it, and by which policies', async () => {
    const denied = item('2027-03-12T11:00:00.000Z', 'gates');
    const why = {
      code: 'access.denied',
      reason: 'you are not allowed to do this',
      policies: ['wall'],
    };

    const told = async (outcome: string, reasons: object) =>
      (
        await trailOf({
          entries: [{ ...denied, entry: { ...denied.entry, outcome, why: reasons } }],
          unreadable: 0,
        })
      ).stdout;

    const lines = await told('denied', why);

    expect(lines).toMatch(
      /gate\.decide \(denied\)\n +refused: access\.denied, by policy wall\n +answered: you are not allowed to do this\n/,
    );
    expect(lines).not.toContain('because');
    expect(await told('ok', { ...why, code: 'gate.approved', reason: 'all is well' })).toMatch(
      /because all is well\n +by policy wall\n/,
    );
  });

  it('says when the rollout was shadow, and counts one thing as one', async () => {
    const done = item('2027-03-12T11:00:00.000Z', 'invoice-approval.pay');

    const changes = [
      {
        target: 'fields#a',
        rev: 1,
        beforeC: null,
        afterC: null,
        diff: [
          { field: 'lines', after: [1] },
          { field: 'more', after: [1, 2] },
        ],
      },
    ];

    const entry = {
      ...done.entry,
      action: 'step.done',
      actor: { kind: 'service', id: 'invoice-approval.pay' },
      why: { rollout: 'shadow' },
      changes,
    };

    const { stdout } = await trailOf({ entries: [{ ...done, entry }], unreadable: 0 });
    expect(stdout).not.toContain('pretended'); // in shadow, but no external step
    expect(stdout).toContain('lines = 1 item; more = 2 items');

    const diff = [{ field: 'steps.pay', after: { state: 'done', pretended: true } }];
    const runChange = {
      target: 'run#invoice-approval#acme#r',
      rev: 2,
      beforeC: null,
      afterC: null,
    };
    const pretended = { ...entry, step: 'pay', changes: [...changes, { ...runChange, diff }] };

    const answer = await trailOf({
      entries: [{ ...done, entry: pretended }],
      unreadable: 0,
    });
    expect(answer.stdout).toContain('pretended: the rollout is shadow, so no vendor was called');
  });

  it('says of each entry the day, the person, and the function that tells it', async () => {
    const entries = [
      item('2027-03-12T23:59:59.999Z', 'gates'),
      item('2027-03-13T00:00:00.000Z', 'records'),
    ];

    const { code, stdout } = await trailOf({ entries, unreadable: 0 });

    expect([code, stdout.split('\n').map((line) => line.replaceAll(/ +/g, ' '))]).toEqual([
      0,
      [
        `Run ${RUN} 2 entries`,
        '',
        '2027-03-12 UTC',
        ' 23:59:59.999 sample-approver via gates gate.decide',
        '',
        '2027-03-13 UTC',
        ' 00:00:00.000 sample-approver via records gate.decide',
        '',
      ],
    ]);
  });

  it('marks what a function tells that does not do such things, and is then not well: exit code 1', async () => {
    const doubtful = item('2027-03-12T12:00:00.000Z', 'invoice-approval.pay', { doubtful: true });
    const answer = {
      entries: [item('2027-03-12T11:00:00.000Z', 'gates'), doubtful],
      unreadable: 0,
    };

    const { code, stdout } = await trailOf(answer);

    expect(code).toBe(1);
    expect(stdout.match(/DOUBTFUL/g)).toHaveLength(1);
    expect(stdout).toMatch(
      /via invoice-approval\.pay +gate\.decide\n +DOUBTFUL: invoice-approval\.pay does not write such entries, or the documents contradict it\nDoubtful entries: 1\./,
    );

    const { code: exit, stdout: json } = await trailOf(answer, '--json');

    expect([exit, JSON.parse(json).entries[1].doubtful]).toEqual([1, true]);
  });

  it('tells how much of it cannot be read, and is then not well: exit code 1', async () => {
    const answer = { entries: [item('2027-03-12T11:00:00.000Z', 'gates')], unreadable: 3 };

    expect(await trailOf(answer)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Entries that cannot be read: 3.'),
    });

    const { code, stdout } = await trailOf(answer, '--json');

    expect([code, JSON.parse(stdout)]).toEqual([
      1,
      expect.objectContaining({ run: RUN, unreadable: 3 }),
    ]);
  });

  it('is not taken from somebody who is not Writ', async () => {
    expect(await trailOf({ entries: 'none' })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not from the API of Writ'),
    });
  });
});
