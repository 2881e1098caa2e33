import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import {
  generateSamples,
  type SampleInvoice,
} from '#functions/automations/invoice-approval/samples/generator.ts';
import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { sha256 } from '#shared/audit/index.ts';
import { clerk } from '../demo/people.ts';
import { AUTOMATION, prepare, WORKSPACE } from '../demo/setup.ts';

/** Subfolder of the data folder with sample invoices. */
export const INVOICES = 'invoices';

/**
 * Sample invoices: file, the rule that the invoice hits (`paid` for none), and whether to start a
 * run.
 */
const SAMPLES: readonly (readonly [
  file: string,
  expect: SampleInvoice['expect'],
  started: boolean,
])[] = [
  ['started-clean.xml', 'paid', true],
  ['started-over-limit.xml', 'over-limit', true],
  ['started-no-order.xml', 'no-order', true],
  ['started-changed-account.xml', 'changed-bank-account', true],
  ['clean.xml', 'paid', false],
  ['over-limit.xml', 'over-limit', false],
  ['price-mismatch.xml', 'price-mismatch', false],
  ['arithmetic-wrong.xml', 'arithmetic-wrong', false],
];

/**
 * Maximum wait for new runs to reach their gates, in milliseconds, so that the first `writ gates`
 * lists them.
 */
const GATES_MS = 10_000;

/**
 * Imports the demo's records, writes sample invoices, and starts runs of some invoices, so that
 * gates wait for decisions. Safe to repeat: existing records and files are not replaced, and the
 * idempotency key is the hash of the file, as in `writ run`.
 */
export async function seedDemo(platform: RunningPlatform, folder: string): Promise<void> {
  const samples = generateSamples('writ demo');

  await prepare(platform, samples);

  const start = platform.intakes.get(AUTOMATION);
  if (start === undefined) throw new Error(`no intake for ${AUTOMATION}`);

  mkdirSync(join(folder, INVOICES), { recursive: true, mode: 0o700 });

  const left = [...samples.invoices];
  let isNew = false;

  for (const [file, expect, started] of SAMPLES) {
    const [invoice] = left.splice(
      left.findIndex((one) => one.expect === expect),
      1,
    );
    if (invoice === undefined) throw new Error(`too few sample invoices of the kind ${expect}`);

    const [path, bytes] = [join(folder, INVOICES, file), Buffer.from(invoice.xml, 'utf8')];

    if (!existsSync(path)) writeFileSync(path, bytes, { mode: 0o600 });

    if (!started) continue;

    const { created } = await start({
      workspace: WORKSPACE,
      idempotencyKey: sha256(bytes),
      requester: clerk,
      bytes,
    });

    isNew ||= created;
  }

  if (isNew) await Promise.race([platform.settled(), after(GATES_MS, undefined, { ref: false })]);
}
