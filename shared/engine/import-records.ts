import type { Actor, EntryDraft } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { InvalidInputError, isVisible } from '#shared/kernel/index.ts';
import type { Change } from '#shared/ledger/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import { recordTarget } from './documents/index.ts';
import type { EnginePorts } from './ports.ts';
import { recordChange, recordKey } from './records.ts';
import { checkFieldValues } from './run-fields.ts';
import { resolveSubjects } from './subjects.ts';

/**
 * Maximum number of records per commit. Each record needs one change, and up to five if its subject
 * is new.
 */
const BATCH = 12;

/** Records to import into a collection of a workspace. */
export interface RecordImport {
  readonly workspace: string;
  readonly collection: string;
  /** Records by id. For a record of a subject, the id is the subject's identifier. */
  readonly records: readonly {
    readonly id: string;
    readonly values: Readonly<Record<string, unknown>>;
  }[];
  readonly actor: Actor;
}

/**
 * Imports records: reference data that an automation's steps look up. Replaces records with the
 * same id.
 *
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`; `id.invalid`,
 *   `record.invalid`: the batches before the invalid record have been imported.
 */
export async function importRecords(
  ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>,
  flow: Flow,
  { workspace, collection, records, actor }: RecordImport,
): Promise<void> {
  assertClientWorkspace(workspace);

  const declared = Object.hasOwn(flow.records, collection) ? flow.records[collection] : undefined;
  if (declared === undefined)
    throw new InvalidInputError(
      'record.invalid',
      `automation ${flow.name} has no records "${collection}"; it has ${Object.keys(flow.records).join(', ') || 'none'}`,
    );

  for (let from = 0; from < records.length; from += BATCH) {
    const changes: Change[] = [];
    const diffs: Record<string, ReturnType<typeof recordChange>['diff']> = {};
    const seals: Record<string, string> = {};

    for (const { id, values } of records.slice(from, from + BATCH)) {
      if (!id.isWellFormed() || !isVisible(id)) {
        const fault = id.isWellFormed() ? 'has no visible character' : 'holds a lone surrogate';
        throw new InvalidInputError('id.invalid', `the id of a record of ${collection} ${fault}`);
      }

      const checked = checkFieldValues(declared.fields, Object.keys(declared.fields), values);
      if (checked.problems.length > 0)
        throw new InvalidInputError(
          'record.invalid',
          `record ${collection} ${id.slice(0, 64)}: ${checked.problems.join('; ')}`,
        );

      const key = recordTarget({ automation: flow.name, workspace }, collection, recordKey(id));
      const [stored] = await ports.ledger.read([key]);
      const subject = declared.of;
      const by: Record<string, string> = subject === undefined ? {} : { [subject]: 'id' };
      const { refs, ring, rows } = await resolveSubjects(ports, {
        workspace,
        subjects: by,
        fields: declared.fields,
        values: { id },
      });

      const made = recordChange({
        flow,
        workspace,
        collection,
        target: key,
        stored,
        values: checked.values,
        subject: subject === undefined ? undefined : refs[subject],
        ring,
        random: ports.random,
      });

      changes.push(made.change, ...rows, ...ring.takeMinted());
      diffs[key] = made.diff;
      Object.assign(seals, made.seals);
    }

    const classes = [...new Set(Object.values(declared.fields).map((field) => field.class))].sort();

    const entry: EntryDraft = {
      workspace,
      actor,
      action: 'record.import',
      outcome: 'ok',
      classes,
      targets: [{ kind: 'automation', id: flow.name }],
      diffs,
    };

    await ports.ledger.commit({
      changes,
      entries: [Object.keys(seals).length === 0 ? entry : { ...entry, seals }],
    });
  }
}
