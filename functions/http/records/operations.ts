import type { Actor } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { type EnginePorts, importRecords } from '#shared/engine/index.ts';

export interface RecordToImport {
  readonly id: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Records to import into a collection of a workspace, by an actor. */
export interface RecordImport {
  readonly workspace: string;
  readonly collection: string;
  readonly records: readonly RecordToImport[];
  readonly actor: Actor;
}

/** Operations on the records that automations look up. */
export interface RecordOperations {
  import(flow: Flow, request: RecordImport): Promise<void>;
}

export function connect(ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>): RecordOperations {
  return {
    import: (flow, { workspace, collection, records, actor }) =>
      importRecords(ports, flow, { workspace, collection, records, actor }),
  };
}
