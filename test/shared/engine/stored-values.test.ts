import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { automation } from '#shared/automation/index.ts';
import { importRecords } from '#shared/engine/index.ts';
import { entriesOf, runDocument, settle, trailProblems, workbench } from '../../support/bench.ts';

/** What the step returns as `out`, by the id of its run. */
const results = new Map<string, unknown>();

const declared = automation({
  name: 'values',
  version: 1,
  purpose: 'try out what can be stored',
  subjects: {},
  fields: { id: z.string(), out: z.unknown() },
  records: { thing: { fields: { value: z.unknown() } } },
});
const flow = declared.flow((run) =>
  run.stage('all').step(
    declared.step('give', {
      reads: ['id'],
      writes: ['out'],
      lookups: ['thing'],
      effect: 'internal',
      run: ({ fields }) => ({ out: results.get(fields.id) as never }),
    }),
  ),
);

/** Values that no document can hold, each somewhere inside of JSON, or a name of a member. */
const unstorable = fc
  .tuple(
    fc.constantFrom<unknown>(
      '\ud83d',
      'a\udc4d',
      '\udc4d\ud83d',
      0.5,
      1e300,
      Number.NaN,
      10n,
      new Date(0),
    ),
    fc.nat(4),
  )
  .chain(([value, depth]) => {
    const isName = typeof value === 'string' && depth % 2 === 1;
    const inmost: unknown = isName ? { [value]: 1 } : value;

    return fc
      .array(fc.boolean(), { minLength: depth, maxLength: depth })
      .map((arrays) =>
        arrays.reduce(
          (inside: unknown, isArray) => (isArray ? ['before', inside] : { before: null, inside }),
          inmost,
        ),
      );
  });

it('a step that returns what cannot be stored parks its run with the name of the field, whatever it is and wherever it is in it', async () => {
  const bench = await workbench(flow);
  const values = fc.sample(unstorable, { numRuns: 60, seed: 11 });
  const runs: string[] = [];

  for (const [i, value] of values.entries()) {
    results.set(`run-${i}`, value);
    runs.push((await bench.start({ idempotencyKey: `run-${i}`, input: { id: `run-${i}` } })).run);
  }

  await settle(bench);

  for (const run of runs) {
    const { status, parked } = await runDocument(bench, flow, run);
    expect([status, parked?.code]).toEqual(['parked', 'step.result']);
    expect(parked?.reason).toMatch(/field out cannot be stored: it holds (a|an) [a-z -]+$/);
    expect((await entriesOf(bench, run)).at(-1)).toMatchObject({
      action: 'run.park',
      why: { code: 'step.result' },
    });
  }

  expect(await trailProblems(bench)).toEqual([]);
});

it('a record with what cannot be stored is refused with the name of the field', async () => {
  const bench = await workbench(flow);
  const actor = { kind: 'user', id: 'operator', auth: 'embedded' } as const;

  for (const value of fc.sample(unstorable, { numRuns: 30, seed: 12 }))
    await expect(
      importRecords(bench.ports('records'), flow, {
        workspace: WORKBENCH_WORKSPACE,
        collection: 'thing',
        records: [{ id: 'x', values: { value } }],
        actor,
      }),
    ).rejects.toMatchObject({
      code: 'record.invalid',
      message: expect.stringContaining('field value cannot be stored'),
    });
});
