import type { Flow } from '#shared/automation/index.ts';
import { isWritError, type WritError } from '#shared/kernel/index.ts';
import { type Message, serviceActor } from '#shared/ledger/index.ts';
import { commitOf } from './commit-transition.ts';
import { transition } from './machine.ts';
import type { EnginePorts } from './ports.ts';
import { type RunKey, runOf, target } from './run.ts';

/** Whether a document that a function needed is not as it was committed. */
export const isCorruptDocument = (error: unknown): error is WritError =>
  isWritError(error, 'ledger.corrupt') && error.fate === 'refuse';

/**
 * Parks a run, one of whose documents is not as it was committed: nobody acts on it until a person
 * has looked. Reads the document of the run alone, and changes nothing else. A run that has ended,
 * or was parked, is left as it is.
 *
 * @param corrupt - Names the document.
 * @throws `ledger.corrupt` when the document of the run itself is the one: then nothing can be
 *   recorded in it, and the message comes again until it is given up.
 */
export async function parkCorrupt(
  ports: EnginePorts,
  flow: Flow,
  { workspace, run: id, step }: Message,
  corrupt: WritError,
): Promise<void> {
  const key: RunKey = { automation: flow.name, workspace, run: id };
  const { code, message: reason } = corrupt;

  ports.log.line('error', 'a document of a run is not as it was committed', {
    run: id,
    step,
    code,
    because: reason,
  });

  const [document] = await ports.ledger.read([target.run(key)]);
  if (document === undefined) return;

  const run = runOf(document);
  const of = flow.steps.has(step) ? { step } : {};
  // parking asks no rule
  const situation = { clear: {}, rollout: 'shadow', now: ports.clock.now() } as const;
  const after = transition(flow, run, { type: 'parked', ...of, code, reason }, situation);
  if (after.run === run) return;

  const before = {
    run,
    change: (body: typeof document.body) =>
      ({ op: 'replace', target: document.target, at: document, body }) as const,
  };

  const entry = {
    action: 'run.park',
    outcome: 'failed',
    actor: serviceActor(ports.ledger),
    ...of,
    why: { code, reason },
  } as const;

  await ports.ledger.commit(commitOf(flow, before, after, {}, { entry }));
}
