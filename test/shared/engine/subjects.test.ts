import { expect, it } from 'vitest';
import {
  entriesOf,
  idempotent,
  runDocument,
  temporaryFolder,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { swapDirectoryRows } from '../../support/swap-directory-rows.ts';

it('starts no run about a payee in whose place of the directory another stands', async () => {
  const folder = temporaryFolder();
  const open = () => workbench(paymentFlow(), { folder, vendors: idempotent() });
  const before = await open();

  for (const payeeId of ['payee-1', 'payee-2'])
    await before.start({ idempotencyKey: payeeId, input: input({ payeeId }) });

  before.store.close();
  swapDirectoryRows(folder, 'token#bench#payee.');

  const after = await open();
  const started = async () =>
    (await entriesOf(after)).filter(({ action }) => action === 'run.start').length;

  for (const payeeId of ['payee-1', 'payee-2'])
    await expect(
      after.start({ idempotencyKey: `${payeeId}-again`, input: input({ payeeId }) }),
    ).rejects.toMatchObject({
      code: 'keys.refused',
      fate: 'refuse',
    });

  expect(await started()).toBe(2);
  await after.start({ idempotencyKey: 'payee-3', input: input({ payeeId: 'payee-3' }) });
  expect(await started()).toBe(3);
});

it('knows one subject by the composed and the decomposed form of what it is known by, and another by what looks like it', async () => {
  const bench = await workbench(paymentFlow(), { vendors: idempotent() });
  const refOf = async (payeeId: string) => {
    const { run } = await bench.start({ idempotencyKey: payeeId, input: input({ payeeId }) });
    return (await runDocument(bench, paymentFlow(), run)).subjects.payee;
  };

  const [composed, decomposed] = ['Zo\u00EB N\u00FA\u00F1ez', 'Zoe\u0308 Nu\u0301n\u0303ez'];
  const ref = await refOf(composed);

  expect(decomposed).not.toBe(composed);
  expect(await refOf(decomposed)).toBe(ref);

  for (const other of ['Zoe Nunez', 'ZO\u00CB N\u00DA\u00D1EZ', 'Z\u043E\u00EB N\u00FA\u00F1ez'])
    expect(await refOf(other)).not.toBe(ref);
});
