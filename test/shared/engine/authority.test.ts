import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { recordTarget } from '#shared/engine/documents/index.ts';
import { importRecords } from '#shared/engine/index.ts';
import { recordKey } from '#shared/engine/records.ts';
import { ManualClock } from '#shared/kernel/index.ts';
import {
  ENGINES,
  entriesOf,
  idempotent,
  runDocument,
  settle,
  workbench,
} from '../../support/bench.ts';
import { input, type PaymentFlowOptions, paymentFlow } from '../../support/payment-flow.ts';

type Check = NonNullable<PaymentFlowOptions['check']>;

describe.each(ENGINES)('on the %s engine', (engine) => {
  /** Runs a flow whose check does `check`, and tells what became of the run. */
  async function tryOut(
    check: Check,
    over: Record<string, unknown> = {},
    options: Partial<PaymentFlowOptions> = {},
  ) {
    const flow = paymentFlow({ check, attempts: 2, ...options });
    const bench = await workbench(flow, { engine, vendors: idempotent() });

    await bench.vault.put('signing', 'the signing secret');
    await bench.vault.put('other', 'another secret');

    const { run } = await bench.start({ idempotencyKey: 'one', input: input(over) });

    await settle(bench);

    return {
      bench,
      flow,
      run: await runDocument(bench, flow, run),
      entries: await entriesOf(bench, run),
    };
  }

  describe('what a step did not declare', () => {
    const attempts: [string, Check][] = [
      [
        'reading a field of the automation',
        ({ fields }) => ({ checked: (fields as { payeeId?: string }).payeeId !== undefined }),
      ],
      [
        'reading a field nobody declared',
        ({ fields }) => ({ checked: (fields as { salary?: number }).salary !== undefined }),
      ],
      [
        'reading a field through a prototype trick',
        ({ fields }) => ({
          checked: (fields as { constructor?: unknown }).constructor !== undefined,
        }),
      ],
      [
        'writing a field through the context',
        ({ fields }) => {
          (fields as { amount: number }).amount = 0;
          return { checked: true };
        },
      ],
      ['using a secret', async ({ secret }) => ({ checked: (await secret('other')) !== '' })],
      ['calling a vendor', ({ vendor }) => ({ checked: vendor('bank') !== undefined })],
      ['looking up records', ({ record }) => ({ checked: record('order') !== undefined })],
    ];

    for (const [what, check] of attempts) {
      it(`parks the run when a step works around the types: ${what}`, async () => {
        const { run, entries } = await tryOut(check);

        expect(run).toMatchObject({
          status: 'parked',
          parked: { step: 'check', code: 'authority.undeclared' },
        });

        expect(entries.at(-1)).toMatchObject({
          action: 'run.park',
          outcome: 'denied',
          why: { code: 'authority.undeclared' },
        });
      });
    }

    it('has capabilities that end with the step', async () => {
      const kept: { context?: Parameters<Check>[0] } = {};

      await tryOut((context) => {
        kept.context = context;
        return { checked: true };
      });

      const { context } = kept;

      expect(() => context?.fields.amount).toThrow(
        expect.objectContaining({ code: 'authority.ended' }),
      );
      await expect(context?.secret('signing')).rejects.toMatchObject({ code: 'authority.ended' });
      expect(() => context?.vendor('bank')).toThrow(
        expect.objectContaining({ code: 'authority.ended' }),
      );
      expect(() => context?.record('limit')).toThrow(
        expect.objectContaining({ code: 'authority.ended' }),
      );
    });

    it('takes a vendor client and a record reader back too', async () => {
      const kept: { find?: (id: string) => Promise<unknown> } = {};
      await tryOut(({ record }) => {
        kept.find = (record('limit') as unknown as { find(id: string): Promise<unknown> }).find;
        return { checked: true };
      });
      await expect(kept.find?.('x')).rejects.toMatchObject({ code: 'authority.ended' });
    });
  });

  describe('what a step cannot smuggle', () => {
    it('a change of what it read into what is stored', async () => {
      const { flow, bench, run, entries } = await tryOut(
        ({ fields }) => {
          (fields.lines as string[]).push('smuggled');
          return { checked: true };
        },
        { lines: ['one'] },
      );

      expect(run.status).toBe('done');
      expect(JSON.stringify(entries)).not.toContain('smuggled');

      const [document] = await bench
        .ports('test')
        .ledger.read([`fields#${flow.name}#bench#internal#${run.id}`]);

      expect((document!.body as { values: { lines: string[] } }).values.lines).toEqual(['one']);
    });

    it('an answer that is another when it is asked again', async () => {
      let asked = 0;

      const result = {
        checked: true,
        get note() {
          return ++asked;
        },
      };

      const { run } = await tryOut(() => result as never);
      expect(run.parked?.code).toBe('step.result');
    });

    it('an error of ours with a value in its text, or with a fate of its choice', async () => {
      const { InvalidInputError, isWritError } = await import('#shared/kernel/index.ts');

      const forged = Object.assign(new Error('iban NL91ABNA0417164300'), {
        code: 'ledger.stopped',
        fate: 'stop',
        facts: {},
        [Symbol.for('writ.error')]: true,
      });

      expect(isWritError(forged)).toBe(true);

      for (const thrown of [
        forged,
        new InvalidInputError<'x.y'>('x.y', 'iban NL91ABNA0417164300'),
        Object.assign(new Error('x'), { constructor: undefined }),
      ]) {
        const { run, entries } = await tryOut(() => {
          throw thrown;
        });
        expect(run.parked?.code).toBe('step.failed');
        expect(JSON.stringify([run, entries])).not.toContain('NL91');
      }
    });

    it('a sensitive value as the name of a field or secret, or as the id of a record', async () => {
      const attempts: Check[] = [
        ({ fields }) => ({
          checked: (fields as Record<string, unknown>)[String(fields.iban)] !== undefined,
        }),
        async ({ fields, secret }) => ({ checked: (await secret(String(fields.iban))) !== '' }),
        async ({ fields, record }) => ({
          checked:
            (await (record('seen') as unknown as { claim(id: string): Promise<string> }).claim(
              `of ${String(fields.iban)}`,
            )) !== '',
        }),
        async ({ fields, record }) => ({
          checked:
            (await (record('limit') as unknown as { find(id: string): Promise<unknown> }).find(
              String(fields.iban),
            )) === undefined,
        }),
      ];

      for (const check of attempts) {
        const { run, bench } = await tryOut(check);
        expect(run.parked?.code).toMatch(/^authority\./);
        expect(JSON.stringify([run, await entriesOf(bench)])).not.toContain('NL91');
      }
    });

    it('a use of something undeclared past the record of it, by catching the error', async () => {
      const { run } = await tryOut(async ({ secret }) => {
        await secret('other').catch(() => {});
        return { checked: true };
      });
      expect(run.parked?.code).toBe('authority.undeclared');
    });
  });

  describe('what a step did use', () => {
    it('is in its entry: the fields it read, not those it could have read; the secret; the record', async () => {
      const check: Check = async ({ fields, secret, record }) => {
        await secret('signing');
        const seen = await (
          record('seen') as unknown as { claim(id: string): Promise<string> }
        ).claim('a#b*c');
        return { checked: fields.iban !== '' && seen !== '' };
      };

      const { entries } = await tryOut(check);

      expect(entries.find(({ step }) => step === 'check')).toMatchObject({
        reads: ['iban'],
        secrets: ['signing'],
        classes: ['financial', 'internal'],
        attempt: 1,
      });

      expect(JSON.stringify(entries)).not.toContain('the signing secret');
    });

    it('finds records it declared, consistently, and names their revision', async () => {
      const check: Check = async ({ record }) => ({
        checked:
          ((
            await (
              record('limit') as unknown as { find(id: string): Promise<{ max: number }> }
            ).find('x')
          )?.max ?? 0) > 5,
      });

      const flow = paymentFlow({ check });
      const bench = await workbench(flow, { engine, vendors: idempotent() });

      await importRecords(bench.ports('records'), flow, {
        workspace: WORKBENCH_WORKSPACE,
        collection: 'limit',
        records: [{ id: 'x', values: { max: 6 } }],
        actor: {
          kind: 'user',
          id: 'operator',
        },
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);

      const entry = (await entriesOf(bench, run)).find(({ step }) => step === 'check');

      expect(entry?.targets).toEqual([{ kind: 'record', id: 'limit.x', rev: 1 }]);
      expect(
        entry?.changes?.flatMap(({ diff = [] }) => diff).find(({ field }) => field === 'checked')
          ?.after,
      ).toBe(true);
    });

    it('finds what an import wrote over a malformed record', async () => {
      const check: Check = async ({ record }) => {
        const limits = record('limit') as unknown as { find(id: string): Promise<{ max: number }> };
        return { checked: (await limits.find('x')).max === 6 };
      };

      const flow = paymentFlow({ check });
      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const ports = bench.ports('records');
      const operator = { kind: 'user', id: 'operator' } as const;
      const imported = {
        workspace: WORKBENCH_WORKSPACE,
        collection: 'limit',
        records: [{ id: 'x', values: { max: 6 } }],
        actor: operator,
      };

      await importRecords(ports, flow, imported);

      const place = { automation: flow.name, workspace: WORKBENCH_WORKSPACE };
      const key = recordTarget(place, 'limit', recordKey('x'));
      const [stored] = await ports.ledger.read([key]);
      if (stored === undefined) throw new Error(`${key} was not imported`);

      await ports.ledger.commit({
        changes: [{ op: 'replace', target: key, at: stored, body: { v: 'record/0' } }],
        entries: [
          {
            workspace: WORKBENCH_WORKSPACE,
            actor: operator,
            action: 'record.import',
            outcome: 'ok',
          },
        ],
      });

      await importRecords(ports, flow, imported);

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);

      expect((await runDocument(bench, flow, run)).steps.check?.state).toBe('done');
    });

    it('finds a record by the composed and the decomposed form of its id', async () => {
      const [composed, decomposed] = ['caf\u00E9', 'cafe\u0301'];

      const check: Check = async ({ record }) => {
        const limits = record('limit') as unknown as {
          find(id: string): Promise<{ max: number } | undefined>;
        };
        return {
          checked:
            (await limits.find(composed))?.max === 6 && (await limits.find(decomposed))?.max === 6,
        };
      };

      const flow = paymentFlow({ check });
      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const records = [{ id: decomposed, values: { max: 6 } }];

      await importRecords(bench.ports('records'), flow, {
        workspace: WORKBENCH_WORKSPACE,
        collection: 'limit',
        records,
        actor: {
          kind: 'user',
          id: 'operator',
        },
      });

      const { run } = await bench.start({ idempotencyKey: 'one', input: input() });

      await settle(bench);

      const entry = (await entriesOf(bench, run)).find(({ step }) => step === 'check');

      expect(
        entry?.changes?.flatMap(({ diff = [] }) => diff).find(({ field }) => field === 'checked')
          ?.after,
      ).toBe(true);
    });

    it('keeps what the first run entered with an id, for whoever finds it', async () => {
      const found: unknown[] = [];

      const flow = paymentFlow({
        check: async ({ record, run }) => {
          const seen = record('seen') as unknown as {
            claim(id: string, values: object): Promise<string>;
            find(id: string): Promise<unknown>;
          };
          const first = (await seen.claim('one', { as: `by ${run}` })) === run;
          if (!first) found.push(await seen.find('one'));
          return { checked: first };
        },
      });

      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const { run } = await bench.start({ idempotencyKey: 'first', input: input() });

      await settle(bench);
      await bench.start({ idempotencyKey: 'second', input: input() });
      await settle(bench);
      expect(found).toEqual([{ as: `by ${run}` }]);
    });

    it('enters no value that the record does not declare, and none that is sensitive', async () => {
      for (const values of [{ other: 'x' }, { as: 1 }]) {
        const { run } = await tryOut(async ({ record }) => {
          const seen = record('seen') as unknown as {
            claim(id: string, values: object): Promise<string>;
          };
          return { checked: (await seen.claim('one', values)) !== '' };
        });

        expect(run.parked?.code).toBe('step.result');
      }

      const { run, bench } = await tryOut(async ({ fields, record }) => {
        const seen = record('seen') as unknown as {
          claim(id: string, values: object): Promise<string>;
        };
        return { checked: (await seen.claim('one', { as: String(fields.iban) })) !== '' };
      });

      expect(run.parked?.code).toBe('authority.sensitive-id');
      expect(JSON.stringify(await entriesOf(bench))).not.toContain('NL91');
    });

    it('lets one of many runs hold an id, whichever comes first, and tells the others which', async () => {
      const holders: string[] = [];

      const flow = paymentFlow({
        check: async ({ record, run }) => {
          const holder = await (
            record('seen') as unknown as { claim(id: string): Promise<string> }
          ).claim('only-one');
          return { checked: holder === run };
        },
      });

      const bench = await workbench(flow, { engine, vendors: idempotent() });
      const runs = await Promise.all(
        Array.from({ length: 12 }, (_, i) =>
          bench.start({ idempotencyKey: `k${i}`, input: input() }),
        ),
      );

      await settle(bench);

      for (const { run } of runs) {
        const entry = (await entriesOf(bench, run)).find(({ step }) => step === 'check');
        if (
          entry?.changes?.some(({ diff = [] }) =>
            diff.some(({ field, after }) => field === 'checked' && after === true),
          )
        )
          holders.push(run);
      }

      expect(holders).toHaveLength(1);
    });
  });

  describe('what a step returns', () => {
    const results: [string, unknown][] = [
      ['nothing', undefined],
      ['a field too few', {}],
      ['a field too many', { checked: true, amount: 1 }],
      ['another type', { checked: 'yes' }],
      ['a list', [true]],
    ];

    for (const [what, result] of results) {
      it(`parks the run when it is ${what}, and stores nothing of it`, async () => {
        const { run, entries } = await tryOut(() => result);
        expect(run).toMatchObject({ status: 'parked', parked: { code: 'step.result' } });
        expect(entries.at(-1)?.changes?.map(({ target }) => target.split('#')[0])).toEqual(['run']);
      });
    }
  });

  describe('a step that fails', () => {
    it('is tried again as often as it may be, then its run is parked with the reason, which repeats nothing it had in hand', async () => {
      let calls = 0;
      const { run, entries } = await tryOut(({ fields }) => {
        calls++;
        throw new TypeError(`cannot pay to ${String(fields.iban)}`);
      });

      expect(calls).toBe(2);
      expect(run).toMatchObject({
        status: 'parked',
        parked: { code: 'step.failed' },
        steps: { check: { attempts: 2 } },
      });

      expect(run.parked?.reason).toMatch(
        /^TypeError was thrown at authority\.test\.ts:\d+; that was attempt 2 of 2$/,
      );
      expect(entries.map(({ action }) => action)).toEqual(['run.start', 'step.retry', 'run.park']);
      expect(JSON.stringify(entries)).not.toContain('NL91');
    });

    it('goes on when a later attempt succeeds', async () => {
      let calls = 0;
      const { run } = await tryOut(() => {
        if (++calls === 1) throw new Error('once');
        return { checked: true };
      });
      expect(run).toMatchObject({ status: 'done', steps: { check: { attempts: 1 } } });
    });

    it('fails when it takes longer than it may, and its signal tells it so', async () => {
      let aborted = false;

      const { run } = await tryOut(
        ({ signal }) =>
          new Promise(() => {
            signal.addEventListener('abort', () => {
              aborted = true;
            });
          }),
        {},
        { timeoutMs: 30 },
      );

      expect(aborted).toBe(true);
      expect(run.parked?.code).toBe('step.timeout');
    });

    it('throws nonsense without upsetting anything', async () => {
      for (const nonsense of [
        null,
        undefined,
        'NL91ABNA0417164300',
        { iban: 'NL91ABNA0417164300' },
        Symbol('x'),
      ]) {
        const { run, entries } = await tryOut(() => {
          throw nonsense;
        });
        expect(run.status).toBe('parked');
        expect(JSON.stringify(entries)).not.toContain('NL91ABNA');
      }
    });
  });

  describe('the cost of a run', () => {
    it('is one commit and one entry for the start, each internal step and each claim', async () => {
      const flow = paymentFlow();
      const bench = await workbench(flow, {
        engine,
        vendors: idempotent(),
        clock: new ManualClock(1_800_000_000_000),
      });

      await bench.seedRollout('exceptions');

      const before = bench.store.counts();

      await bench.start({ idempotencyKey: 'one', input: input() });
      await settle(bench);

      const after = bench.store.counts();

      expect([
        after.commits - before.commits,
        after.entries - before.entries,
        after.conflicts - before.conflicts,
      ]).toEqual([5, 5, 0]);
    });
  });
});

describe('the cost of a run on the embedded engine', () => {
  it('is at most five syncs for three internal steps one at a time, and less than one each in bulk', async () => {
    const { default: reference } = await import('../../../bench/reference-flow.ts');
    const bench = await workbench(reference);
    const start = (n: number) =>
      bench.start({
        idempotencyKey: `k${n}`,
        input: { customerId: 'c', payload: 'p'.repeat(1_000) },
      });

    await start(0);
    await settle(bench);

    const alone = bench.store.counts().groups;

    await start(1);
    await settle(bench);
    expect(bench.store.counts().groups - alone).toBeLessThanOrEqual(5);

    const bulk = bench.store.counts().groups;

    await Promise.all(Array.from({ length: 300 }, (_, i) => start(i + 2)));
    await settle(bench);
    expect((bench.store.counts().groups - bulk) / 300).toBeLessThan(1);
  });
});
