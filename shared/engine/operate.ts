import type { Actor, EntryDraft, Why } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { type KeyPurpose, type KeyService, mintWorkspaceKey } from '#shared/crypto/index.ts';
import { InvalidInputError, isVisible, isWritError, SEALED_CLASSES } from '#shared/kernel/index.ts';
import type { Change } from '#shared/ledger/index.ts';
import { assertClientWorkspace } from './client-workspace.ts';
import {
  controlKind,
  type Rollout,
  target,
  type WorkspaceBody,
  workspaceKind,
  workspaceTarget,
} from './documents/index.ts';
import type { EnginePorts } from './ports.ts';
import { readAll } from './read-all.ts';
import { recordChange, recordKey } from './records.ts';
import { checkFieldValues } from './run-fields.ts';
import { resolveSubjects } from './subjects.ts';

const PURPOSES: readonly KeyPurpose[] = ['token', 'run-id'];

/**
 * Creates a workspace: its document and its keys, one for each sealed class and purpose.
 *
 * @param given - `attributes` have been checked by the caller. `why` goes into the entry.
 *   `reserved`, which only the directory of people may set: also under a name that is the
 *   platform's own.
 * @returns false when it was there already. Its keys are never minted twice.
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`.
 */
export async function createWorkspace(
  ports: Pick<EnginePorts, 'ledger'>,
  service: KeyService,
  workspace: string,
  actor: Actor,
  given: {
    readonly attributes?: WorkspaceBody['attributes'];
    readonly why?: Why;
    readonly reserved?: true;
  } = {},
): Promise<boolean> {
  if (given.reserved === undefined) assertClientWorkspace(workspace);

  const own = workspaceTarget(workspace);
  const isThere = async () => (await ports.ledger.read([own]))[0] !== undefined;
  if (await isThere()) return false;

  const { attributes, why } = given;
  const contexts = [
    ...SEALED_CLASSES.map((dataClass) => ({ workspace, class: dataClass })),
    ...PURPOSES.map((purpose) => ({ workspace, purpose })),
  ];

  const rows = await Promise.all(contexts.map((context) => mintWorkspaceKey(service, context)));
  const body: WorkspaceBody = {
    v: 'workspace/1',
    name: workspace,
    attributes,
  };

  const changes: Change[] = [workspaceKind.insert(own, body)];

  for (const row of rows) changes.push({ op: 'insert', target: row.target, body: row.body });

  const entry: EntryDraft = {
    workspace,
    actor,
    action: 'workspace.create',
    outcome: 'ok',
    why,
    diffs:
      attributes === undefined
        ? undefined
        : { [own]: [{ field: 'attributes', after: attributes }] },
  };

  try {
    await ports.ledger.commit({ changes, entries: [entry] });
    return true;
  } catch (error) {
    // somebody else made it at the same time
    if (isWritError(error, 'ledger.conflict') && (await isThere())) return false;
    throw error;
  }
}

/**
 * Sets the rollout without evidence, to try an automation out. Possible only on an embedded ledger:
 * any other refuses the entry, and with it the change.
 *
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`; `audit.embedded-only`.
 */
export async function seedRollout(
  ports: Pick<EnginePorts, 'ledger'>,
  place: { readonly automation: string; readonly workspace: string },
  rollout: Rollout,
  actor: Actor,
): Promise<void> {
  assertClientWorkspace(place.workspace);

  const own = target.control(place);
  const [standing] = await ports.ledger.read([own]);
  const before = controlKind.find(standing)?.rollout;
  if (before === rollout) return;

  await ports.ledger.commit({
    changes: [controlKind.put(own, standing, { v: 'control/1', rollout })],
    entries: [
      {
        workspace: place.workspace,
        actor,
        action: 'rollout.seed',
        outcome: 'ok',
        targets: [{ kind: 'automation', id: place.automation }],
        diffs: {
          [own]: [{ field: 'rollout', before, after: rollout }],
        },
      },
    ],
  });
}

/** Records of one commit: each takes one change for itself and up to five for a new subject. */
const BATCH = 12;

/**
 * Puts records in place: reference data that an automation's steps look up. A record of the same id
 * is replaced.
 *
 * @param records - By id. For records of a subject the id is what the subject is known by.
 * @throws {@link InvalidInputError} `name.invalid`, `workspace.reserved`; `id.invalid`,
 *   `record.invalid`: batches before the bad one are in place.
 */
export async function importRecords(
  ports: Pick<EnginePorts, 'ledger' | 'keys' | 'random'>,
  flow: Flow,
  workspace: string,
  collection: string,
  records: readonly { readonly id: string; readonly values: Readonly<Record<string, unknown>> }[],
  actor: Actor,
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

      const own = target.record({ automation: flow.name, workspace }, collection, recordKey(id));
      const standing = (await readAll(ports.ledger, [own])).get(own);
      const subject = declared.of;
      const by: Record<string, string> = subject === undefined ? {} : { [subject]: 'id' };
      const { refs, ring, rows } = await resolveSubjects(ports, workspace, by, declared.fields, {
        id,
      });
      const at = { target: own, workspace, collection, standing };

      const made = recordChange(
        flow,
        at,
        checked.values,
        subject === undefined ? undefined : refs[subject],
        ring,
        ports.random,
      );

      changes.push(made.change, ...rows, ...ring.takeMinted());
      diffs[own] = made.diff;
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
