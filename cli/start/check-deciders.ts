import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { missingToDecide, type RoleBody } from '#shared/access/index.ts';
import { type Flow, supervisionShows } from '#shared/automation/index.ts';
import {
  builtInRoleLike,
  type ClearClass,
  InvalidInputError,
  isSealedClass,
} from '#shared/kernel/index.ts';

interface Asked {
  readonly gate: string;
  readonly automation: string;
  readonly role: string;
  readonly classes: readonly ClearClass[];
}

/**
 * Checks that somebody could decide at every gate that asks for a custom role: a declaration knows
 * the names of built-in roles alone.
 *
 * @throws `gate.undecidable` (refuse): a custom role is not in the directory, or lacks a
 *   permission that its gate takes.
 */
export async function checkDeciders(
  platform: Pick<RunningPlatform, 'flows' | 'people'>,
): Promise<void> {
  const asked = [...platform.flows.values()]
    .flatMap(gatesOf)
    .filter(({ role }) => builtInRoleLike(role) === undefined);
  const roles = await platform.people.customRoles([...new Set(asked.map(({ role }) => role))]);

  const problems = asked.flatMap(
    (one) =>
      problemOf(
        one,
        roles.find(({ name }) => name === one.role),
      ) ?? [],
  );
  if (problems.length === 0) return;

  throw new InvalidInputError(
    'gate.undecidable',
    `nobody could decide: ${problems.join('; ')}; name a built-in role in the automation, or put the custom role into the directory`,
    { gates: problems.length },
  );
}

function gatesOf(flow: Flow): Asked[] {
  const classesOf = (shows: readonly string[]) =>
    [...new Set(shows.map((name) => flow.fields[name]?.class ?? 'internal'))].filter(
      (one): one is ClearClass => !isSealedClass(one),
    );

  const own = [...flow.gates.values()].map(({ name, decidedBy, shows }) => ({
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

  return [...own, ...supervised].map(({ shows, ...gate }) => ({
    ...gate,
    automation: flow.name,
    classes: classesOf(shows),
  }));
}

function problemOf(
  { gate, automation, role, classes }: Asked,
  body: RoleBody | undefined,
): string | undefined {
  const place = `gate ${gate} of automation ${automation} asks for the role "${role}"`;
  if (body === undefined) return `${place}, which the directory does not have`;

  const lacking = missingToDecide(body, { automation, classes });

  return lacking.length === 0
    ? undefined
    : `${place}, which does not grant ${lacking.join(', ')} there`;
}
