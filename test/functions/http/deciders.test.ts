import { expect, test } from 'vitest';
import type { Entry } from '#shared/audit/index.ts';
import { type HttpBench, httpBench, SAMPLE_PEOPLE, type Somebody } from '../../support/http.ts';

const DECIDERS = 64;
const OFFICERS: readonly Somebody[] = Array.from({ length: DECIDERS }, (_, i) => ({
  id: `officer-${i}`,
  roles: ['Compliance Officer'],
  workspaces: ['acme'],
}));

/** A gate that waits, as one of the officers is shown it. */
async function waitingGate() {
  const bench = await httpBench({ people: [...SAMPLE_PEOPLE, ...OFFICERS] });
  const run = await bench.start('clerk');

  await bench.settle();

  const gate = `${run}.approve-payment`;
  const { seen } = (await bench.ask(`/gates/${gate}`, { as: 'officer-0' })).json<{
    seen: string;
  }>();

  return { bench, run, gate, seen };
}

const decide = (bench: HttpBench, gate: string, as: string, body: object) =>
  bench.ask(`/gates/${gate}/decision`, { method: 'POST', as, body });

const isDecision = ({ action, outcome }: Entry) => action === 'gate.decide' && outcome === 'ok';

test(`of ${DECIDERS} people who decide at one gate at once exactly one does; every other one is told and recorded`, async () => {
  const { bench, run, gate, seen } = await waitingGate();

  const answers = await Promise.all(
    OFFICERS.map(({ id }, i) =>
      decide(bench, gate, id, {
        outcome: i % 2 === 0 ? 'approved' : 'rejected',
        reason: `by ${id}`,
        seen,
      }),
    ),
  );

  const won = answers.filter(({ status }) => status === 201);
  const lost = answers.filter(({ status }) => status !== 201);

  expect(won).toHaveLength(1);
  expect(lost.map((answer) => [answer.status, answer.json().code])).toEqual(
    lost.map(() => [409, 'gate.decided']),
  );

  const { outcome, by, reason } =
    won[0]?.json<{ outcome: string; by: string; reason: string }>() ?? {};
  const decisions = await bench.entries(isDecision);

  expect(decisions.map(({ actor, why }) => [actor.id, why?.code, why?.reason])).toEqual([
    [by, `gate.${outcome}`, reason],
  ]);

  const denied = await bench.entries(
    (entry) => entry.action === 'gate.decide' && entry.outcome === 'denied',
  );

  expect(new Set(denied.map(({ actor }) => actor.id)).size).toBe(DECIDERS - 1);
  expect(denied).toHaveLength(DECIDERS - 1);

  await bench.settle();
  expect(await bench.entries(({ action }) => action === 'gate.pass')).toHaveLength(1);

  const after = (await bench.ask(`/gates/${gate}`, { as: 'auditor' })).json<{
    state: string;
    decision: object;
  }>();

  expect(after.state).toBe(outcome);
  expect(after.decision).toMatchObject({ outcome, by, reason });
  expect((await bench.ask(`/runs/${run}`, { as: 'auditor' })).status).toBe(200);
  expect(await bench.trailProblems()).toEqual([]);
});

test(`of ${DECIDERS} times the same decision of one person at once one is made, and every other one is answered as done`, async () => {
  const { bench, gate, seen } = await waitingGate();
  const body = { outcome: 'approved', reason: 'sent again and again', seen };
  const answers = await Promise.all(
    Array.from({ length: DECIDERS }, () => decide(bench, gate, 'officer-0', body)),
  );
  const statuses = answers.map(({ status }) => status);

  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.filter((status) => status === 200)).toHaveLength(DECIDERS - 1);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(await bench.entries(isDecision)).toHaveLength(1);

  const own = await bench.entries(({ actor }) => actor.id === 'officer-0');

  expect(own).toHaveLength(1 + DECIDERS);
  expect(await bench.trailProblems()).toEqual([]);
});
