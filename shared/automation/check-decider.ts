import {
  BUILT_IN_ROLES,
  builtInRoleLike,
  type ClearClass,
  DECIDING_ROLES,
  isCustomRoleName,
  isSealedClass,
} from '#shared/kernel/index.ts';
import type { Flow } from './automation.ts';
import type { Gate } from './flow.ts';
import { factsIn, type Rule } from './rule.ts';

/**
 * Finds why nobody could decide at a gate: nobody can hold the role that it asks for, or who holds
 * it may not read all that it shows. Of custom roles the name is judged alone: what they allow is
 * in the directory.
 *
 * @returns in words; undefined when somebody could.
 */
export function deciderProblem(
  flow: Pick<Flow, 'fields'>,
  { name, decidedBy, shows, when }: Omit<Gate, 'expiresMs'>,
): string | undefined {
  const { role } = decidedBy;
  const unheld = roleProblem(role);
  if (unheld !== undefined) return `gate ${name} is decided by ${unheld}`;
  const readable = readBy(role);
  if (readable === undefined) return undefined;

  const cannot = (field: string) => !readable.includes(classOf(flow, field));
  const reads = `${role}, which reads only ${readable.join(' and ')} fields`;
  const shown = shows.find(cannot);
  if (shown !== undefined)
    return `gate ${name} shows field ${shown}, which is ${classOf(flow, shown)}, and is decided by ${reads}`;

  for (const rule of when) {
    // a setting is told to who reads internal fields
    const classOfFact = (fact: string) =>
      rule.reads.includes(fact) ? classOf(flow, fact) : 'internal';
    const told = toldIn(rule).find((fact) => !readable.includes(classOfFact(fact)));
    if (told !== undefined)
      return `rule ${rule.name} says {${told}}, which is ${classOfFact(told)}, at gate ${name}, which is decided by ${reads}`;
  }

  return undefined;
}

/**
 * Why nobody who could decide can hold a role of this name, in words that begin with it; undefined
 * when somebody can.
 */
export function roleProblem(role: string): string | undefined {
  if (Object.hasOwn(DECIDING_ROLES, role) || isCustomRoleName(role)) return undefined;

  const named = `the role "${role.slice(0, 64)}"`;
  const deciding = Object.keys(DECIDING_ROLES).join(', ');
  if ((BUILT_IN_ROLES as readonly string[]).includes(role))
    return `${named}, which never decides; roles that do are ${deciding}`;

  const like = builtInRoleLike(role);

  return (
    `${named}, which no person can hold${like === undefined ? '' : ` (did you mean "${like}"?)`}; roles are ${deciding}, ` +
    'or a custom one: a lower-case letter, then at most 31 letters, digits or hyphens, and not spelled like a built-in role'
  );
}

/**
 * Classes of the fields that a role reads; undefined of a custom one, about which only the
 * directory knows.
 */
const readBy = (role: string): readonly ClearClass[] | undefined =>
  Object.hasOwn(DECIDING_ROLES, role)
    ? DECIDING_ROLES[role as keyof typeof DECIDING_ROLES]
    : undefined;

/** The class of a field. What is sealed or not declared is refused elsewhere. */
function classOf({ fields }: Pick<Flow, 'fields'>, name: string): ClearClass {
  const dataClass = fields[name]?.class;
  return dataClass === undefined || isSealedClass(dataClass) ? 'internal' : dataClass;
}

/** The facts that a rule's sentence tells. An amount is told with its currency. */
function toldIn({ says }: Rule): string[] {
  return factsIn(says).flatMap((fact) =>
    says.includes(`{${fact}:money}`) ? [fact, 'currency'] : [fact],
  );
}
