import type { Flow } from '#shared/automation/index.ts';
import { isWritError, type WritError } from '#shared/kernel/index.ts';
import { type Message, serviceActor } from '#shared/ledger/index.ts';
import { commitOf } from './commit-transition.ts';
import { type Run, type RunKey, runKind, runTarget } from './documents/index.ts';
import { transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';

/** Tests for an error about a document that is malformed or was changed after its commit. */
export const isDamagedDocument = (error: unknown): error is WritError =>
  isWritError(error, 'ledger.corrupt', 'ledger.malformed') && error.fate === 'refuse';

/**
 * Parks a run that has a damaged document, so that no function continues the run until a person
 * resolves it. Reads and changes only the run document. A run that has ended or is already parked
 * does not change.
 *
 * @param damage - Error that names the damaged document.
 * @throws `ledger.corrupt`, `ledger.malformed` when the run document itself is damaged. The run
 *   then cannot be parked, and the message is redelivered until it becomes a dead letter.
 */
export async function parkDamaged(
  ports: EnginePorts,
  flow: Flow,
  { workspace, run: id, step: name }: Message,
  damage: WritError,
): Promise<void> {
  const key: RunKey = { automation: flow.name, workspace, run: id };
  const { code, message: reason } = damage;

  ports.log.line('error', 'a document of a run is damaged', {
    run: id,
    step: name,
    code,
    because: reason,
  });

  const [document] = await ports.ledger.read([runTarget(key)]);
  if (document === undefined) return;

  const run = runKind.body(document);
  const step = flow.steps.has(name) ? name : undefined;
  // parking a run does not evaluate rules
  const situation = { clear: {}, rollout: 'shadow', now: ports.clock.now() } as const;
  const after = transition(flow, run, { type: 'parked', step, code, reason }, situation);
  if (after.run === run) return;

  const before = { run, change: (next: Run) => runKind.replace(document.target, document, next) };

  const entry = {
    action: 'run.park',
    outcome: 'failed',
    actor: serviceActor(ports.ledger),
    step,
    why: { code, reason },
  } as const;

  await ports.ledger.commit(commitOf({ flow, before, after, clear: {}, extras: { entry } }));
}
