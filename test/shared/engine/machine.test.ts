import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  automation,
  everyNode,
  type Flow,
  type FlowBuilder,
  role,
  SUPERVISE,
} from '#shared/automation/index.ts';
import {
  type Event,
  fullJitter,
  ROLLOUTS,
  type Rollout,
  type Run,
  type Transition,
  transition,
} from '#shared/engine/index.ts';
import { sendsOf } from '#shared/engine/machine.ts';
import { countedAttempts, pauseLeft } from '#shared/engine/step-failure.ts';

const declared = automation({
  name: 'random',
  version: 1,
  purpose: 'test',
  subjects: {},
  fields: { a: z.boolean(), b: z.boolean(), c: z.boolean() },
});
const rules = (['a', 'b', 'c'] as const).map((field) =>
  declared.rule(`is-${field}`, {
    reads: [field],
    hits: (fields) => fields[field] === true,
    says: `{${field}}`,
  }),
);

/** What a flow is made of; names are given when it is built, so that each is used once. */
type Part =
  | { readonly kind: 'internal' | 'external' }
  | { readonly kind: 'gate'; readonly rules: readonly number[]; readonly rejected: readonly Part[] }
  | {
      readonly kind: 'when';
      readonly rule: number;
      readonly hit: readonly Part[];
      readonly otherwise: readonly Part[];
    };

const parts: fc.Arbitrary<Part[]> = fc.letrec<{ parts: Part[]; part: Part }>((tie) => ({
  parts: fc.array(tie('part'), { maxLength: 4 }),
  part: fc.oneof(
    { depthSize: 'small' },
    fc.record({ kind: fc.constantFrom('internal' as const, 'external' as const) }),
    fc.record({
      kind: fc.constant('gate' as const),
      rules: fc.subarray([0, 1, 2]),
      rejected: tie('parts'),
    }),
    fc.record({
      kind: fc.constant('when' as const),
      rule: fc.nat(2),
      hit: tie('parts'),
      otherwise: tie('parts'),
    }),
  ),
})).parts;

function build(plan: readonly Part[]): Flow {
  let count = 0;

  const add = (run: FlowBuilder, part: Part): FlowBuilder => {
    const n = ++count;
    switch (part.kind) {
      case 'internal':
        return run.step(declared.step(`step-${n}`, { effect: 'internal', run: () => ({}) }));
      case 'external':
        return run.step(
          declared.step(`step-${n}`, {
            vendors: ['v'],
            effect: 'external',
            pretend: () => ({}),
            run: () => ({}),
          }),
        );
      case 'gate': {
        const when = part.rules.map((i) => rules[i]!);
        const gate = declared.gate(`gate-${n}`, {
          when,
          decidedBy: role('Compliance Officer'),
          shows: ['a'],
        });

        return run.gate(gate, { rejected: (rejected) => part.rejected.reduce(add, rejected) });
      }
      case 'when': {
        const rule = { ...rules[part.rule]!, name: `when-${n}` };
        return run.when(
          rule,
          (hit) => part.hit.reduce(add, hit),
          (otherwise) => part.otherwise.reduce(add, otherwise),
        );
      }
    }
  };

  const first = declared.step('first', { reads: ['a', 'b', 'c'], effect: 'none', run: () => ({}) });

  return declared.flow((run) => plan.reduce(add, run.stage('only').step(first)));
}

const blank = (flow: Flow): Run => ({
  v: 'run/1',
  id: 'r',
  workspace: 'w',
  automation: flow.name,
  version: 1,
  definition: flow.definition,
  status: 'running',
  stage: '',
  requester: 'u',
  startedAt: 0,
  subjects: {},
  steps: {},
  gates: {},
  branches: {},
});

type Choice = { readonly pick: number; readonly what: number; readonly jitter: number };
const choices = fc.array(
  fc.record({
    pick: fc.nat(),
    what: fc.nat(9),
    jitter: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  {
    minLength: 60,
    maxLength: 60,
  },
);
const situation = fc.record({ a: fc.boolean(), b: fc.boolean(), c: fc.boolean() });

/** An event that could come next: mostly one that fits, sometimes any. */
function eventFor(run: Run, flow: Flow, { pick, what, jitter }: Choice): Event {
  const open = Object.keys(run.gates).filter((gate) => run.gates[gate] === 'open');
  const busy = Object.keys(run.steps).filter((step) => run.steps[step]?.state !== 'done');
  const everyStep = [...flow.steps.keys()];
  const step =
    (what === 9 ? everyStep : busy.length > 0 ? busy : everyStep)[
      pick % (what === 9 || busy.length === 0 ? everyStep.length : busy.length)
    ] ?? 'first';

  if (open.length > 0 && what < 8) {
    return {
      type: 'gate-settled',
      gate: open[pick % open.length] as string,
      outcome: (['approved', 'approved', 'rejected', 'expired'] as const)[what % 4] ?? 'approved',
    };
  }
  if (what === 0)
    return { type: 'step-failed', step, code: 'x.y', reason: 'x', fate: 'retry', jitter };
  if (what === 1) return { type: 'step-claimed', step, intent: 1 };

  return { type: 'step-done', step };
}

function play(
  flow: Flow,
  fields: Record<string, boolean>,
  rollout: Rollout,
  steps: readonly Choice[],
  look: (before: Run, event: Event, after: Transition) => void,
): Run {
  let run = transition(
    flow,
    blank(flow),
    { type: 'started' },
    { clear: fields, rollout, now: 0 },
  ).run;

  for (const [i, choice] of steps.entries()) {
    const event = eventFor(run, flow, choice);
    const after = transition(flow, run, event, { clear: fields, rollout, now: i + 1 });
    look(run, event, after);
    run = after.run;
  }

  return run;
}

const ended = (run: Run) =>
  run.status === 'done' || run.status === 'rejected' || run.status === 'parked';

describe('the state machine', () => {
  const arbitrary = [parts, situation, fc.constantFrom(...ROLLOUTS), choices] as const;

  it('keeps its rules for any flow and any order of events', () => {
    fc.assert(
      fc.property(...arbitrary, (plan, fields, rollout, steps) => {
        const flow = build(plan);

        const externals = new Set(
          [...everyNode(flow.nodes)].flatMap((node) =>
            node.kind === 'step' && node.step.authority.effect === 'external'
              ? [node.step.name]
              : [],
          ),
        );

        play(flow, fields, rollout, steps, (before, event, { run, sends, opened }) => {
          // what is done stays done, and an ended run stays as it is
          for (const [step, { state }] of Object.entries(before.steps))
            if (state === 'done') expect(run.steps[step]?.state).toBe('done');

          if (ended(before)) expect(run).toEqual(before);

          // word goes only to steps that are ready, and a pause only follows a failure
          for (const { step, delayMs } of sends) {
            expect(['ready', 'claimed']).toContain(run.steps[step]?.state);
            if (event.type !== 'step-failed') expect(delayMs).toBe(0);
          }

          // the status says what the run waits for
          const busy = Object.values(run.steps).filter(({ state }) => state !== 'done').length;
          const open = Object.values(run.gates).filter((gate) => gate === 'open').length;

          if (run.status === 'running') expect(busy).toBeGreaterThan(0);

          if (run.status === 'waiting') expect([busy, open > 0]).toEqual([0, true]);

          if (run.status === 'done' || run.status === 'rejected')
            expect([busy, open]).toEqual([0, 0]);

          // in sequence there is one thing at a time
          expect(busy + open).toBeLessThanOrEqual(1);

          // a gate opens once, never in shadow, and each opening is told
          for (const { gate } of opened)
            expect([before.gates[gate.name], run.gates[gate.name]]).toEqual([undefined, 'open']);

          if (rollout === 'shadow') expect(opened).toEqual([]);

          // while supervised, an external step is ready only after somebody approved something
          if (rollout === 'supervised') {
            for (const step of externals)
              if (run.steps[step] !== undefined)
                expect(Object.values(run.gates)).toContain('approved');
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  it('comes to an end for any flow when every step succeeds and every gate is settled', () => {
    fc.assert(
      fc.property(
        parts,
        situation,
        fc.constantFrom(...ROLLOUTS),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (plan, fields, rollout, approvals) => {
          const flow = build(plan);

          let run = transition(
            flow,
            blank(flow),
            { type: 'started' },
            { clear: fields, rollout, now: 0 },
          ).run;

          for (let i = 0; i < 200 && !ended(run); i++) {
            const gate = Object.keys(run.gates).find((name) => run.gates[name] === 'open');
            const step =
              Object.keys(run.steps).find((name) => run.steps[name]?.state !== 'done') ?? '';

            const event: Event =
              gate === undefined
                ? { type: 'step-done', step }
                : {
                    type: 'gate-settled',
                    gate,
                    outcome: approvals[i % 60] ? 'approved' : 'rejected',
                  };

            run = transition(flow, run, event, { clear: fields, rollout, now: i }).run;
          }

          expect(['done', 'rejected']).toContain(run.status);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('changes nothing when an event comes a second time, and says again what is waited for', () => {
    fc.assert(
      fc.property(...arbitrary, (plan, fields, rollout, steps) => {
        const flow = build(plan);
        play(flow, fields, rollout, steps, (_, event, after) => {
          if (event.type !== 'step-done' && event.type !== 'gate-settled') return;
          const again = transition(flow, after.run, event, { clear: fields, rollout, now: 99 });
          expect(again.run).toEqual(after.run);
          expect(again.sends).toEqual(sendsOf(after.run));
        });
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same for the same, and leaves what it is given alone', () => {
    fc.assert(
      fc.property(...arbitrary, (plan, fields, rollout, steps) => {
        const flow = build(plan);

        play(flow, fields, rollout, steps, (before, event, after) => {
          const copy = structuredClone(before);
          const now =
            after.run.finishedAt ??
            after.opened.map(({ expiresAt, gate }) => expiresAt - gate.expiresMs)[0] ??
            5;

          const again = transition(flow, before, event, { clear: fields, rollout, now });

          expect(before).toEqual(copy);
          expect(again.run).toEqual(after.run);
        });
      }),
      { numRuns: 100 },
    );
  });

  it('parks after the attempts a step allows, and at once when a repetition cannot help', () => {
    const flow = build([]);

    const failed = (fate: 'retry' | 'refuse') =>
      ({
        type: 'step-failed',
        step: 'first',
        code: 'x.y',
        reason: 'because',
        fate,
        jitter: 0.5,
      }) as const;

    const around = { clear: {}, rollout: 'exceptions', now: 0 } as const;
    let run = transition(flow, blank(flow), { type: 'started' }, around).run;

    for (let attempt = 1; attempt <= 4; attempt++) {
      run = transition(flow, run, failed('retry'), around).run;
      expect([run.status, run.steps.first?.attempts]).toEqual(['running', attempt]);
    }

    run = transition(flow, run, failed('retry'), around).run;
    expect(run).toMatchObject({
      status: 'parked',
      parked: { step: 'first', code: 'x.y', reason: 'because; that was attempt 5 of 5' },
    });

    const other = transition(flow, blank(flow), { type: 'started' }, around).run;

    expect(transition(flow, other, failed('refuse'), around).run.status).toBe('parked');
  });

  it('lets a step wait for what is outside, however often, until its patience ends', () => {
    const flow = build([]);

    const failure = fc.record({
      kind: fc.constantFrom('waits', 'waits', 'waits', 'fails', 'claims'),
      jitter: fc.double({ min: 0, max: 0.999999, noNaN: true }),
      /** How late the attempt is made, after it was due. */
      late: fc.integer({ min: 0, max: 600_000 }),
    });

    fc.assert(
      fc.property(fc.array(failure, { minLength: 1, maxLength: 400 }), (failures) => {
        let now = 1_000;

        let run = transition(
          flow,
          blank(flow),
          { type: 'started' },
          { clear: {}, rollout: 'exceptions', now },
        ).run;

        let [failed, since] = [0, undefined as number | undefined];

        for (const { kind, jitter, late } of failures) {
          const before = run.steps.first;

          now = Math.max(now, before?.waiting?.nextAt ?? 0) + late;

          const around = { clear: {}, rollout: 'exceptions', now } as const;
          if (kind === 'claims') {
            if (before?.state === 'claimed') continue;

            run = transition(
              flow,
              run,
              { type: 'step-claimed', step: 'first', intent: 1 },
              around,
            ).run;

            expect(run.steps.first?.waiting).toEqual(before?.waiting);
            continue;
          }

          const waits = kind === 'waits';

          const fails = {
            type: 'step-failed',
            step: 'first',
            code: 'x.y',
            reason: 'because',
            fate: waits ? 'refuse' : 'retry',
          } as const;

          const after = transition(flow, run, { ...fails, jitter, waits }, around);

          run = after.run;
          since = waits ? (since ?? now) : undefined;
          if (!waits) failed++;

          // only its own failures use its attempts up, and only its patience ends the waiting
          const ends = waits ? now - (since ?? now) >= 24 * 3_600_000 : failed === 5;

          expect([run.status, countedAttempts(run.steps.first ?? {})]).toEqual([
            ends ? 'parked' : 'running',
            failed,
          ]);

          if (ends) return;

          const [sent] = after.sends;

          expect(sent?.delayMs).toBeLessThanOrEqual(waits ? 900_000 : 300_000);

          const waiting = run.steps.first?.waiting;

          expect(waiting?.since).toBe(since);

          if (waiting === undefined) continue;

          expect(waiting.nextAt - now).toBeLessThanOrEqual(3_600_000);
          expect(waiting.nextAt).toBeLessThanOrEqual(waiting.since + 24 * 3_600_000);
          expect(pauseLeft(run.steps.first, now)).toBe(waiting.nextAt - now);
          expect(pauseLeft(run.steps.first, waiting.nextAt)).toBe(0);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('does not wait for a time that no pause leads to', () => {
    const step = (nextAt: number) =>
      ({ state: 'ready', waiting: { since: 0, nextAt, code: 'x.y', reason: 'x' } }) as const;
    expect(
      [3_600_000, 3_600_001, 1e300, Number.NaN, -1].map((nextAt) => pauseLeft(step(nextAt), 0)),
    ).toEqual([3_600_000, 0, 0, 0, 0]);
  });

  it('draws pauses evenly from nothing to a doubling bound that ends at the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        (baseMs, failed, jitter) => {
          const capMs = 60_000;
          const pause = fullJitter({ baseMs, capMs }, failed, jitter);
          expect(pause).toBeGreaterThanOrEqual(0);
          expect(pause).toBeLessThan(Math.min(capMs, baseMs * 2 ** Math.min(failed - 1, 30)) + 1);
          expect(fullJitter({ baseMs, capMs }, failed, 0)).toBe(0);
        },
      ),
    );
  });

  it('names the gate it opens by itself after the step it is for', () => {
    const flow = build([{ kind: 'external' }]);
    const around = { clear: {}, rollout: 'supervised', now: 0 } as const;

    const run = transition(
      flow,
      transition(flow, blank(flow), { type: 'started' }, around).run,
      { type: 'step-done', step: 'first' },
      around,
    );

    expect(run.opened.map(({ gate }) => gate.name)).toEqual([`${SUPERVISE}step-1`]);
  });
});
