import * as z from 'zod/mini';
import type { Flow, StepContext } from '#shared/automation/index.ts';
import refund from '../made-up.ts';
import { common, ends, type Scenario, type Subject, waiting } from './recorder-scenarios.ts';

type Any = StepContext<
  Record<string, unknown>,
  Record<string, { fields: Record<string, never> }>,
  string,
  string,
  string,
  string,
  string
>;

/** The same automation, with steps that use all they declare before they do what they did. */
function diligent(flow: Flow): Flow {
  const steps = [...flow.steps].map(([name, node]) => {
    const { reads, secrets, vendors } = node.step.authority;

    const run = async (context: Any) => {
      for (const field of reads) void context.fields[field];
      for (const secret of secrets) await context.secret(secret);
      for (const vendor of vendors)
        await context.vendor(vendor).post('/payments', {}, z.object({}));
      return node.step.run(context as never);
    };

    return [name, { ...node, step: { ...node.step, run: run as never } }] as const;
  });
  return { ...flow, steps: new Map(steps) };
}

export const REFUND = diligent(refund);
const input = (patientId: string, amount: number) => ({
  patientId,
  amount,
  diagnosis: 'a cold',
  price: 3,
});

const SUBJECT: Subject = {
  flow: REFUND,
  usual: () => input('p-1', 1),
  unusual: () => input('p-1', 9),
  afterRejection: [],
  external: ['refund-now', 'bonus'],
};

/** What becomes of refunds: two gates in a row, two effects one after the other. */
export const REFUNDS: readonly Scenario[] = [
  ...common(SUBJECT),
  [
    'ones that two people look at, of which the second approves or rejects',
    async (bench) => {
      for (const [outcome, end] of [
        ['approved', 'done'],
        ['rejected', 'rejected'],
      ] as const) {
        const run = await waiting(bench, `second-${outcome}`, input('p-2', 9));
        await bench.decide(run, 'approved');
        await bench.settle('again');
        await bench.decide(run, outcome);
        await bench.settle('again');
        await ends(bench, run, end);
      }
    },
  ],
  [
    'one whose every effect somebody decides about',
    async (bench) => {
      await bench.seed('supervised');
      const run = await waiting(bench, 'supervised', input('p-3', 1));
      for (let effects = 0; effects < 2; effects++) {
        await bench.decide(run, 'approved');
        await bench.settle('again');
      }
      await ends(bench, run, 'done');
    },
  ],
];
