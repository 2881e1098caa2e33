import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { type EnginePorts, importRecords } from '#shared/engine/index.ts';

export interface RecordToImport {
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Operations on the records that automations look up. */
export interface RecordOperations {
  import(
    flow: Flow,
    workspace: string,
    collection: string,
    records: readonly RecordToImport[],
    actor: Actor,
  ): Promise<void>;
}

export function connect(ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>): RecordOperations {
  return {
    import: (flow, workspace, collection, records, actor) =>
      importRecords(ports, flow, workspace, collection, records, actor),
  };
}
