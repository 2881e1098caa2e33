import { basename } from 'node:path';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { sha256 } from '#shared/audit/index.ts';
import { runOf, target } from '#shared/engine/index.ts';
import { formatMoney, isWritError } from '#shared/kernel/index.ts';
import type { Output } from '../command/output.ts';
import { readFile } from '../command/read-file.ts';
import { formatTimeline } from '../trail/format-entry.ts';
import { clerk } from './people.ts';
import { AUTOMATION, prepare, WORKSPACE } from './setup.ts';

/** Result of one invoice; `--json` prints it. */
export interface InvoiceResult {
  readonly run: string;
  readonly status: string;
  readonly hits: readonly { readonly rule: string; readonly says: string }[];
}

/**
 * Runs one invoice until it ends or waits at a gate. The supplier register is empty, so every valid
 * invoice waits, at least because its supplier is unknown.
 *
 * @throws `file.unreadable`, `ubl.*` (refuse): the file is not a valid invoice.
 */
export async function runInvoice(
  platform: RunningPlatform,
  path: string,
  out: Output,
): Promise<InvoiceResult> {
  const bytes = readFile(path);

  await prepare(platform, { orders: [], suppliers: [] });
  out.heading(`Invoice ${basename(path)}, ${bytes.length} bytes`);
  describeInvoice(bytes, out);

  const start = platform.intakes.get(AUTOMATION);
  if (start === undefined) throw new Error(`no intake for ${AUTOMATION}`);

  const { run } = await start({
    workspace: WORKSPACE,
    idempotencyKey: sha256(bytes),
    requester: clerk,
    bytes,
  });

  await platform.settled();

  const ledger = platform.store.ledger({ name: 'demo', bundle: '0'.repeat(64) });
  const key = { automation: AUTOMATION, workspace: WORKSPACE, run };
  const [document] = await ledger.read([target.run(key)]);
  const status = document === undefined ? 'missing' : runOf(document).status;
  const hits = (await platform.gates.open(WORKSPACE))
    .filter(({ key }) => key.run === run)
    .flatMap(({ gate }) => gate.hits);

  out.heading(`Run ${run}`);
  for (const line of await formatTimeline(platform.store, run, { ledger, key }))
    out.line(`  ${line}`);

  out.heading(status === 'waiting' ? 'The run waits for a decision' : `The run is ${status}`);
  for (const { rule, says } of hits) out.line(`  ${out.style('yellow', '●')} ${rule}: ${says}`);

  return { run, status, hits: hits.map(({ rule, says }) => ({ rule, says })) };
}

/**
 * Prints the fields that are not sensitive. Ignores an invalid invoice, which is reported when the
 * run starts.
 */
function describeInvoice(bytes: Uint8Array, out: Output): void {
  try {
    const { invoiceNumber, supplierName, payable, currency, orderId, lines } = readInvoice(bytes);
    out.fact('number', invoiceNumber);
    out.fact('supplier', supplierName);
    out.fact('to pay', formatMoney(payable, currency));
    out.fact('order', orderId ?? 'none');
    out.fact('lines', String(lines.length));
  } catch (error) {
    if (!isWritError(error)) throw error;
  }
}
