import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { importRecords } from '#shared/engine/index.ts';
import { isWritError } from '#shared/kernel/index.ts';
import {
  APPROVER,
  ENGINES,
  entriesOf,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

/** Texts of every script and length, halves of characters and names of the language among them. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 64 }),
  fc.string({ unit: 'grapheme', maxLength: 64 }),
  fc.string({ unit: 'binary', minLength: 200, maxLength: 600 }),
  fc
    .tuple(
      fc.constantFrom('Ω', 'ж', '日', 'ع', '𐍈', '👩‍👩‍👧', '‐', ' ', '%~', '__proto__'),
      fc.integer({ min: 1, max: 256 }),
    )
    .map(([unit, n]) => unit.repeat(n)),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom('', 'ΤΙΜΟΛΟΓΙΟ-ΠΩΛΗΣΗΣ-ΣΕΙΡΑ-Α-ΑΡΙΘΜΟΣ-2026-000123', '\ud83d'),
);

/**
 * Looks an id up, registers it, and registers the half of it: as steps do that shorten what they
 * are given.
 */
const flow = paymentFlow({
  gate: false,
  check: async ({ fields, record }) => {
    const id = String(fields.note);
    const records = record('limit') as unknown as { find(id: string): Promise<unknown> };
    const seen = record('seen') as unknown as { claim(id: string): Promise<string> };
    await records.find(id);
    await seen.claim(`${id}/whole`);
    await seen.claim(id.slice(0, id.length / 2));
    return { checked: true };
  },
});

describe.each(ENGINES)('an id of any script and length, on the %s engine', (engine) => {
  it('ends in a run or in a refusal of the start, never in a parked run', async () => {
    const bench = await workbench(flow, { engine });
    const ends: string[] = [];
    const texts = fc.sample(anyText, { numRuns: 40, seed: 11 });

    for (const [i, text] of texts.entries()) {
      try {
        const { run } = await bench.start({
          idempotencyKey: `start ${i}`,
          input: input({ payeeId: text, note: text }),
        });
        ends.push(run);
      } catch (error) {
        if (!isWritError(error) || error.fate !== 'refuse') throw error;
      }
    }

    await settle(bench);

    const statuses = await Promise.all(
      ends.map(async (run) => (await runDocument(bench, flow, run)).status),
    );

    expect(ends.length).toBeGreaterThan(20);
    expect(statuses).toEqual(statuses.map(() => 'done'));
    expect(await trailProblems(bench)).toEqual([]);
  });

  it('names one record, for whoever imports it and whoever looks it up', async () => {
    const id = 'Ω'.repeat(64);

    const finding = paymentFlow({
      gate: false,
      check: async ({ record }) => {
        const limit = record('limit') as unknown as {
          find(id: string): Promise<{ max: number } | undefined>;
        };
        return {
          checked: (await limit.find(id))?.max === 7 && (await limit.find(`${id}Ω`)) === undefined,
        };
      },
    });

    const bench = await workbench(finding, { engine });

    await importRecords(bench.ports('records'), finding, {
      workspace: WORKBENCH_WORKSPACE,
      collection: 'limit',
      records: [{ id, values: { max: 7 } }],
      actor: APPROVER.actor,
    });

    const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

    await settle(bench);

    const [done] = (await entriesOf(bench, run)).filter(
      ({ step, action }) => step === 'check' && action === 'step.done',
    );
    const checked = done?.changes
      ?.flatMap(({ diff = [] }) => diff)
      .find(({ field }) => field === 'checked');

    expect(checked?.after).toBe(true);
    expect(done?.targets?.[0]?.id).toMatch(/^limit\.%~/);
  });

  it.each(['', 'half \ud83d'])('is refused when the record to import goes by %j', async (id) => {
    const bench = await workbench(flow, { engine });

    const importing = importRecords(bench.ports('records'), flow, {
      workspace: WORKBENCH_WORKSPACE,
      collection: 'limit',
      records: [{ id, values: { max: 7 } }],
      actor: APPROVER.actor,
    });

    await expect(importing).rejects.toMatchObject({ code: 'id.invalid', fate: 'refuse' });
  });
});
