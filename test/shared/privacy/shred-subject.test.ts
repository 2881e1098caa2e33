import { describe, expect, it } from 'vitest';
import { WORKBENCH_WORKSPACE } from '#functions/wiring/workbench.ts';
import { subjectKeyTarget, tokenOfKeyRow } from '#shared/crypto/index.ts';
import { shredSubject } from '#shared/privacy/index.ts';
import {
  type Bench,
  entriesOf,
  idempotent,
  runDocument,
  temporaryFolder,
  trailProblems,
  workbench,
} from '../../support/bench.ts';
import { input, paymentFlow } from '../../support/payment-flow.ts';
import { swapDirectoryRows } from '../../support/swap-directory-rows.ts';

const flow = paymentFlow();
const OFFICER = { kind: 'user', id: 'officer', auth: 'embedded' } as const;
const shred = (bench: Bench, ref: string) =>
  shredSubject(bench.ports('privacy'), {
    workspace: WORKBENCH_WORKSPACE,
    subject: ref,
    actor: OFFICER,
    reason: 'asked to',
  });

/** Two payees, and the references of both. */
async function payees() {
  const folder = temporaryFolder();
  const open = () => workbench(flow, { folder, vendors: idempotent() });
  const bench = await open();
  const refs: string[] = [];

  for (const payeeId of ['payee-1', 'payee-2']) {
    const { run } = await bench.start({ idempotencyKey: payeeId, input: input({ payeeId }) });
    refs.push((await runDocument(bench, flow, run)).subjects.payee ?? '');
  }

  return { folder, open, bench, refs };
}

async function rowsOf(bench: Bench, ref: string) {
  const { ledger } = bench.ports('privacy');
  const [key] = await ledger.read([subjectKeyTarget(WORKBENCH_WORKSPACE, 'financial', ref)]);
  if (key === undefined) throw new Error(`${ref} has no key`);
  const token = tokenOfKeyRow(key.body);
  return { key, directory: token === undefined ? undefined : (await ledger.read([token]))[0] };
}

describe('shredding a subject', () => {
  it('removes its row of the directory and leaves those of others', async () => {
    const { bench, refs } = await payees();
    const [one = '', other = ''] = refs;
    const token = (await rowsOf(bench, one)).directory?.target ?? '';
    expect(await shred(bench, one)).toEqual({ keys: 1, wasKnown: true });
    expect(await bench.ports('privacy').ledger.read([token])).toEqual([undefined]);
    expect((await rowsOf(bench, other)).directory?.body).toMatchObject({ subject: other });
    expect(await trailProblems(bench)).toEqual([]);
  });

  it('is refused, and nothing is shredded, while the row of another stands in the place of its own', async () => {
    const { folder, open, bench, refs } = await payees();

    bench.store.close();
    swapDirectoryRows(folder, 'token#bench#payee.');

    const after = await open();
    const entries = (await entriesOf(after)).length;

    for (const ref of refs) {
      await expect(shred(after, ref)).rejects.toMatchObject({
        code: 'keys.refused',
        fate: 'refuse',
      });
      expect((await rowsOf(after, ref)).key.body).toMatchObject({ kind: 'subject' });
    }

    expect(await entriesOf(after)).toHaveLength(entries);
  });
});
