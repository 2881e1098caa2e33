import { join } from 'node:path';
import type { Samples } from '#functions/automations/invoice-approval/samples/generator.ts';
import { type RunningPlatform, startPlatform } from '#functions/embedded/platform.ts';
import type { RecordToImport } from '#functions/http/records/operations.ts';
import { buildIfStale } from '#infra/build/build-functions.ts';
import { assertUnchanged } from '#infra/versions.ts';
import { target } from '#shared/engine/index.ts';
import { jsonLog, type Log } from '#shared/kernel/index.ts';
import { encodeId, type Ledger } from '#shared/ledger/index.ts';
import { operator } from './people.ts';

export const AUTOMATION = 'invoice-approval';
export const WORKSPACE = 'acme';
/** Token that only the sample bank accepts. */
export const BANK_TOKEN = 'sample-token-for-the-sample-bank';

const BUNDLES = join(import.meta.dirname, '../../dist/functions');

export interface DemoPlatformOptions {
  readonly folder: string;
  readonly bankUrl: string;
  readonly verbose: boolean;
}

/** Builds the bundles and starts the embedded platform with them. */
export async function startDemoPlatform({
  folder,
  bankUrl,
  verbose,
}: DemoPlatformOptions): Promise<RunningPlatform> {
  const bundles = await buildIfStale(BUNDLES);
  const log: Log = jsonLog(
    (line) => process.stderr.write(`${line}\n`),
    Date.now,
    verbose ? 'debug' : 'error',
  );

  return startPlatform({ folder, bundles, vendors: { bank: bankUrl }, log }, ({ flows }) =>
    assertUnchanged(flows.values()),
  );
}

/**
 * Creates the secret, workspace, rollout and records of the demo. Does not change existing data, so
 * that an interrupted demo can continue.
 */
export async function prepare(
  platform: RunningPlatform,
  samples: Pick<Samples, 'orders' | 'suppliers'>,
): Promise<void> {
  const flow = platform.flows.get(AUTOMATION);
  if (flow === undefined) throw new Error(`the bundles hold no automation ${AUTOMATION}`);

  await platform.vault.put('bank-api-token', BANK_TOKEN);
  await platform.workspaces.create(WORKSPACE, operator);

  const reader = platform.store.ledger({ name: 'demo', bundle: '0'.repeat(64) });
  const place = { automation: AUTOMATION, workspace: WORKSPACE };
  const [control] = await reader.read([target.control(place)]);

  if (control === undefined) await platform.automations.seedRollout(place, 'exceptions', operator);

  const orders = samples.orders.map(({ id, supplierId, currency, total }) => ({
    id,
    values: { supplierId, currency, total },
  }));

  const suppliers = samples.suppliers.map(({ id, name, iban }) => ({ id, values: { name, iban } }));

  await importMissing('order', orders);
  await importMissing('supplier', suppliers);

  async function importMissing(
    collection: string,
    records: readonly RecordToImport[],
  ): Promise<void> {
    if (flow === undefined) return;

    await platform.records.import(flow, {
      workspace: WORKSPACE,
      collection,
      records: await absent(reader, collection, records),
      actor: operator,
    });
  }
}

async function absent(
  ledger: Ledger,
  collection: string,
  records: readonly RecordToImport[],
): Promise<RecordToImport[]> {
  const missing: RecordToImport[] = [];
  for (let from = 0; from < records.length; from += 100) {
    const some = records.slice(from, from + 100);
    const found = await ledger.read(
      some.map(({ id }) =>
        target.record({ automation: AUTOMATION, workspace: WORKSPACE }, collection, encodeId(id)),
      ),
    );

    missing.push(...some.filter((_, i) => found[i] === undefined));
  }

  return missing;
}
