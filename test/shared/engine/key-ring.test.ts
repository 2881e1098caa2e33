import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { type KeyService, WorkspaceKeys } from '#shared/crypto/index.ts';
import { KeyRing } from '#shared/engine/key-ring.ts';
import { ManualClock, MINUTE, SECOND, systemRandom } from '#shared/kernel/index.ts';
import { ENGINES, runDocument, settle, temporaryFolder, workbench } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';

const FINANCIAL = { class: 'financial', subject: 's1' } as const;
const PERSONAL = { class: 'personal', subject: 's1' } as const;

async function rings() {
  const [folder, clock, random] = [
    temporaryFolder(),
    new ManualClock(Date.UTC(2026, 0, 2)),
    systemRandom(),
  ];

  const { ledger } = (await workbench(paymentFlow(), { folder, clock })).ports('payment.check');
  const service = openKeyFile(join(folder, 'root.key'), random);
  let [unwrapped, atOnce, most] = [0, 0, 0];

  const watched: KeyService = {
    generate: (context) => service.generate(context),
    async unwrap(...args) {
      unwrapped++;
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setImmediate(resolve));
      atOnce--;
      return service.unwrap(...args);
    },
  };

  const cache = new WorkspaceKeys(watched, clock);

  return {
    clock,
    ledger,
    open: () => new KeyRing({ workspace: WORKBENCH_WORKSPACE, keys: cache, random }),
    counts: () => ({ unwrapped, most }),
  };
}

describe('the keys of one piece of work', () => {
  it.each([
    ['the cache has forgotten them', 5 * MINUTE],
    ['the clock has stepped back', -1],
  ])('stay usable when %s meanwhile', async (_, ms) => {
    const { clock, ledger, open } = await rings();
    for (const from of ['the key service', 'the cache']) {
      const ring = open();
      await ring.fetch(ledger, [FINANCIAL]);
      clock.advance(ms);
      expect(ring.dataKey(FINANCIAL).symmetricKeySize, from).toBe(32);
      expect(ring.targets([FINANCIAL])).toHaveLength(1);
      clock.advance(-ms);
    }
  });

  it('are no reason to keep them for the next: that finds out anew', async () => {
    const { clock, ledger, open, counts } = await rings();
    for (let i = 0; i < 2; i++) {
      await open().fetch(ledger, [FINANCIAL]);
      clock.advance(5 * MINUTE);
    }
    expect(counts().unwrapped).toBe(2);
  });

  it('are unwrapped at once', async () => {
    const { ledger, open, counts } = await rings();
    await open().fetch(ledger, [FINANCIAL, PERSONAL]);
    expect(counts()).toEqual({ unwrapped: 2, most: 2 });
  });
});

describe.each(ENGINES)('on the %s engine, a step', (engine) => {
  it.each([
    ['the cache of keys forgets', 2 * SECOND],
    ['the clock steps back', -6 * MINUTE],
  ])('in whose middle %s ends as any other', async (_, ms) => {
    const clock = new ManualClock(Date.UTC(2026, 0, 2));
    let slow = false;

    const flow = paymentFlow({
      gate: false,
      check: async ({ fields }) => {
        if (slow) clock.advance(ms);
        await null;
        return { checked: String(fields.iban).length > 0 };
      },
    });

    const bench = await workbench(flow, { engine, clock });
    const first = await bench.start({ idempotencyKey: 'one', input: input() });

    await settle(bench);
    clock.advance(5 * MINUTE - SECOND);
    slow = true;

    const second = await bench.start({ idempotencyKey: 'two', input: input() });

    await settle(bench);

    for (const { run } of [first, second])
      expect(await runDocument(bench, flow, run)).toMatchObject({ status: 'done' });
  });
});
