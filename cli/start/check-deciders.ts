import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { missingToDecide, type RoleBody } from '#shared/access/index.ts';
import { type Flow, supervisionShows } from '#shared/automation/index.ts';
import {
  builtInRoleLike,
  type ClearClass,
  InvalidInputError,
  isSealedClass,
} from '#shared/kernel/index.ts';

/** Gate with the role that decides at it. */
interface GateRole {
  readonly gate: string;
  readonly automation: string;
  readonly role: string;
  readonly classes: readonly ClearClass[];
}

/**
 * Checks that every custom role named by a gate can decide at the gate. Declarations are checked
 * only against built-in roles, because custom roles are in the directory.
 *
 * @throws `gate.undecidable` (refuse): a custom role is not in the directory, or lacks a permission
 *   that is required to decide at the gate.
 */
export async function checkDeciders(
  platform: Pick<RunningPlatform, 'flows' | 'people'>,
): Promise<void> {
  const gates = [...platform.flows.values()]
    .flatMap(gatesOf)
    .filter(({ role }) => builtInRoleLike(role) === undefined);
  const roles = await platform.people.customRoles([...new Set(gates.map(({ role }) => role))]);

  const problems = gates.flatMap(
    (one) =>
      problemOf(
        one,
        roles.find(({ name }) => name === one.role),
      ) ?? [],
  );
  if (problems.length === 0) return;

  throw new InvalidInputError(
    'gate.undecidable',
    `some gates cannot be decided: ${problems.join('; ')}`,
    { gates: problems.length },
    {
      help: 'name a built-in role in the automation, or add the custom role to the directory',
    },
  );
}

function gatesOf(flow: Flow): GateRole[] {
  const classesOf = (shows: readonly string[]) =>
    [...new Set(shows.map((name) => flow.fields[name]?.class ?? 'internal'))].filter(
      (dataClass): dataClass is ClearClass => !isSealedClass(dataClass),
    );

  const declared = [...flow.gates.values()].map(({ name, decidedBy, shows }) => ({
    gate: name,
    role: decidedBy.role,
    shows,
  }));

  const supervised = [...flow.steps.values()]
    .filter(({ step }) => step.authority.effect === 'external')
    .map(({ step: { name } }) => ({
      gate: `supervise-${name}`,
      role: flow.supervisedBy.role,
      shows: supervisionShows(flow, name),
    }));

  return [...declared, ...supervised].map(({ shows, ...gate }) => ({
    ...gate,
    automation: flow.name,
    classes: classesOf(shows),
  }));
}

function problemOf(
  { gate, automation, role, classes }: GateRole,
  body: RoleBody | undefined,
): string | undefined {
  const subject = `gate ${gate} of automation ${automation} requires the role "${role}"`;
  if (body === undefined) return `${subject}, which is not in the directory`;

  const lacking = missingToDecide(body, { automation, classes });

  return lacking.length === 0
    ? undefined
    : `${subject}, which does not grant ${lacking.join(', ')} there`;
}
