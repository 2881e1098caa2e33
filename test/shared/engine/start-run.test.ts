import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { subjectKeyTarget } from '#shared/crypto/index.ts';
import { importRecords } from '#shared/engine/index.ts';
import { shredSubject } from '#shared/privacy/index.ts';
import {
  ENGINES,
  entriesOf,
  idempotent,
  runDocument,
  settle,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const flow = paymentFlow();
const operator = { kind: 'user', id: 'operator', auth: 'embedded' } as const;
describe.each(ENGINES)('on the %s engine', (engine) => {
  const bench = () => workbench(flow, { engine, vendors: idempotent() });

  describe('a start', () => {
    it('is the same run when the same key comes twice, also at once', async () => {
      const wb = await bench();
      const started = await Promise.all(
        Array.from({ length: 64 }, () => wb.start({ idempotencyKey: 'same', input: input() })),
      );
      expect(new Set(started.map(({ run }) => run)).size).toBe(1);
      expect(started.filter(({ created }) => created)).toHaveLength(1);
      expect((await entriesOf(wb)).filter(({ action }) => action === 'run.start')).toHaveLength(1);
    });

    it('is refused when the key was used with other input, sealed fields included', async () => {
      const wb = await bench();
      await wb.start({ idempotencyKey: 'same', input: input() });

      for (const over of [{ amount: 101 }, { iban: 'DE89370400440532013000' }, { note: 'new' }]) {
        await expect(
          wb.start({ idempotencyKey: 'same', input: input(over) }),
        ).rejects.toMatchObject({ code: 'run.key-reused' });
      }

      expect(await wb.start({ idempotencyKey: 'same', input: input() })).toMatchObject({
        created: false,
      });
    });

    it('tells nothing of the key or the input by the id of the run', async () => {
      const [one, two] = [await bench(), await bench()];
      const runs = [
        await one.start({ idempotencyKey: 'same', input: input() }),
        await two.start({ idempotencyKey: 'same', input: input() }),
      ];
      expect(runs[0]?.run).not.toBe(runs[1]?.run);
      expect(runs[0]?.run).toMatch(/^[0-9a-z]{26}$/);
    });

    it('gives every run about the same payee one subject, also when they start at once', async () => {
      const wb = await bench();
      const runs = await Promise.all(
        Array.from({ length: 20 }, (_, i) => wb.start({ idempotencyKey: `k${i}`, input: input() })),
      );
      const refs = await Promise.all(
        runs.map(async ({ run }) => (await runDocument(wb, flow, run)).subjects.payee),
      );

      expect(new Set(refs).size).toBe(1);
      expect(await trailProblems(wb)).toEqual([]);
    });

    it('refuses input that does not fit, names the fields, repeats no value, and leaves one entry', async () => {
      const wb = await bench();
      const before = (await entriesOf(wb)).length;

      const bad = [
        { amount: 'NL91ABNA0417164300' },
        { amount: 1.5 },
        { iban: 12 },
        { extra: 'NL91ABNA0417164300' },
        { payeeId: '' },
        { payeeId: undefined },
      ];

      for (const over of bad) {
        const refused = await wb
          .start({ idempotencyKey: 'bad', input: input(over) })
          .catch((error) => error);
        expect(refused).toMatchObject({ fate: 'refuse' });
        expect(refused.message).not.toContain('NL91');
      }

      await expect(wb.start({ idempotencyKey: '', input: input() })).rejects.toMatchObject({
        code: 'run.key-invalid',
      });

      const entries = (await entriesOf(wb)).slice(before);

      expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual(
        entries.map(() => ['run.refuse', 'denied']),
      );
      expect(entries).toHaveLength(7);
      expect(JSON.stringify(entries)).not.toContain('NL91');
      expect(wb.store.queues.outstanding).toBe(0);
    });

    it('refuses keys and ids of subjects and records that show nothing to whoever reads them', async () => {
      const wb = await bench();
      const before = (await entriesOf(wb)).length;

      for (const blank of ['\u200b\u200b', '\u3164', '\u2800', ' ', '\u0301', '\ufe0f']) {
        await expect(wb.start({ idempotencyKey: blank, input: input() })).rejects.toMatchObject({
          code: 'run.key-invalid',
        });

        await expect(
          wb.start({ idempotencyKey: 'k', input: input({ payeeId: blank }) }),
        ).rejects.toMatchObject({
          code: 'run.input-invalid',
          message: expect.stringContaining('field payeeId: subject payee is known by it'),
        });

        const records = [{ id: blank, values: { max: 1 } }];

        await expect(
          importRecords(wb.ports('records'), flow, {
            workspace: WORKBENCH_WORKSPACE,
            collection: 'limit',
            records,
            actor: operator,
          }),
        ).rejects.toMatchObject({
          code: 'id.invalid',
        });
      }

      expect((await entriesOf(wb)).slice(before).map(({ action }) => action)).toEqual(
        Array(12).fill('run.refuse'),
      );
      await expect(wb.start({ idempotencyKey: '\u200bk', input: input() })).resolves.toMatchObject({
        created: true,
      });
    });

    it('leaves an entry of every refusal, however much is wrong and whatever it is called', async () => {
      const wb = await bench();
      const before = (await entriesOf(wb)).length;
      const many = Object.fromEntries(
        Array.from({ length: 500 }, (_, i) => [`jane@example.org has ${i} \ud800`, i]),
      );

      await expect(wb.start({ idempotencyKey: 'k', input: input(many) })).rejects.toMatchObject({
        code: 'run.input-invalid',
      });

      await expect(
        wb.start({
          idempotencyKey: 'k',
          input: input({ lines: Array.from({ length: 500 }, () => 1) }),
        }),
      ).rejects.toMatchObject({
        code: 'run.input-invalid',
      });

      await expect(wb.start({ idempotencyKey: '\ud800', input: input() })).rejects.toMatchObject({
        code: 'run.key-invalid',
      });

      const entries = (await entriesOf(wb)).slice(before);

      expect(entries.map(({ action }) => action)).toEqual([
        'run.refuse',
        'run.refuse',
        'run.refuse',
      ]);

      expect(JSON.stringify(entries)).not.toContain('jane');
    });

    it('refuses a workspace that does not exist', async () => {
      const wb = await bench();

      await expect(
        wb.start({ idempotencyKey: 'k', input: input(), workspace: 'elsewhere' }),
      ).rejects.toMatchObject({
        code: 'keys.missing',
      });

      await expect(
        wb.start({ idempotencyKey: 'k', input: input(), workspace: 'No#Name' }),
      ).rejects.toMatchObject({ code: 'name.invalid' });
    });

    it('makes somebody new of a payee who was erased, and never mints the old keys again', async () => {
      const wb = await bench();
      const first = await wb.start({ idempotencyKey: 'one', input: input() });
      const ref = (await runDocument(wb, flow, first.run)).subjects.payee as string;
      const { ledger, clock } = wb.ports('privacy');
      const actor = { kind: 'user', id: 'officer', auth: 'embedded' } as const;

      expect(
        await shredSubject(
          { ledger, clock },
          { workspace: WORKBENCH_WORKSPACE, subject: ref, actor, reason: 'asked to' },
        ),
      ).toEqual({ keys: 1, wasKnown: true });
      expect(
        await shredSubject(
          { ledger, clock },
          { workspace: WORKBENCH_WORKSPACE, subject: ref, actor, reason: 'asked to' },
        ),
      ).toEqual({ keys: 0, wasKnown: false });
      // the run under way cannot open what it needs any more, and says so
      await settle(wb);
      expect((await runDocument(wb, flow, first.run)).parked?.code).toBe('subject.erased');

      const second = await wb.start({ idempotencyKey: 'two', input: input() });

      expect((await runDocument(wb, flow, second.run)).subjects.payee).not.toBe(ref);

      const [row] = await ledger.read([subjectKeyTarget(WORKBENCH_WORKSPACE, 'financial', ref)]);

      expect(row?.body).toMatchObject({ kind: 'tombstone' });
      expect(await trailProblems(wb)).toEqual([]);
      await settle(wb);
      expect((await runDocument(wb, flow, second.run)).status).toBe('done');
    });

    it('names no directory row in the trail by what the payee is known by', async () => {
      const wb = await bench();
      await wb.start({ idempotencyKey: 'one', input: input() });

      const targets = (await entriesOf(wb)).flatMap(({ changes = [] }) =>
        changes.map(({ target }) => target),
      );
      const tokens = targets.filter((target) => target.startsWith('token#'));
      expect(tokens).toHaveLength(1);
      expect(tokens[0]).toMatch(/^token#bench#~[0-9a-z]{26}$/);
    });
  });
});
