import { expect, it } from 'vitest';
import { entriesOf, idempotent, temporaryFolder, workbench } from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { swapDirectoryRows } from '../../support/swap-directory-rows.ts';

it('starts no run about a payee in whose place of the directory another stands', async () => {
  const folder = temporaryFolder();
  const open = () => workbench(paymentFlow(), { folder, vendors: idempotent() });
  const before = await open();
  for (const payeeId of ['payee-1', 'payee-2']) await before.start({ idempotencyKey: payeeId, input: input({ payeeId }) });
  before.store.close();
  swapDirectoryRows(folder, 'token#bench#payee.');
  const after = await open();
  const started = async () => (await entriesOf(after)).filter(({ action }) => action === 'run.start').length;
  for (const payeeId of ['payee-1', 'payee-2'])
    await expect(after.start({ idempotencyKey: `${payeeId}-again`, input: input({ payeeId }) })).rejects.toMatchObject({
      code: 'keys.refused',
      fate: 'refuse',
    });
  expect(await started()).toBe(2);
  await after.start({ idempotencyKey: 'payee-3', input: input({ payeeId: 'payee-3' }) });
  expect(await started()).toBe(3);
});
