import {
  BUILT_IN_ROLES,
  builtInRoleLike,
  type ClearClass,
  DECIDING_ROLES,
  isCustomRoleName,
  isSealedClass,
} from '#shared/kernel/index.ts';
import type { Flow } from './finished-flow.ts';
import type { Gate } from './flow.ts';
import { factsIn, type Rule } from './rule.ts';

/**
 * Returns the reason that no person can decide at a gate; undefined if a person can. Either no
 * person can hold the gate's role, or the role may not read all values that the gate shows. For a
 * custom role, only the name is checked, because its permissions are in the directory.
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
    // a setting is shown like an internal field
    const classOfFact = (fact: string) =>
      rule.reads.includes(fact) ? classOf(flow, fact) : 'internal';
    const unreadable = shownFacts(rule).find((fact) => !readable.includes(classOfFact(fact)));
    if (unreadable !== undefined)
      return `rule ${rule.name} says {${unreadable}}, which is ${classOfFact(unreadable)}, at gate ${name}, which is decided by ${reads}`;
  }

  return undefined;
}

/**
 * Returns the reason that a role with this name cannot decide, as a phrase that begins with the
 * role; undefined if the role can decide.
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
 * Returns the classes that a role can read; undefined for a custom role, which is in the directory.
 */
const readBy = (role: string): readonly ClearClass[] | undefined =>
  Object.hasOwn(DECIDING_ROLES, role)
    ? DECIDING_ROLES[role as keyof typeof DECIDING_ROLES]
    : undefined;

/** Returns the class of a field. Other checks refuse sealed and undeclared fields. */
function classOf({ fields }: Pick<Flow, 'fields'>, name: string): ClearClass {
  const dataClass = fields[name]?.class;
  return dataClass === undefined || isSealedClass(dataClass) ? 'internal' : dataClass;
}

/** Returns the facts that the sentence of a rule shows. An amount is shown with its currency. */
function shownFacts({ says }: Rule): string[] {
  return factsIn(says).flatMap((fact) =>
    says.includes(`{${fact}:money}`) ? [fact, 'currency'] : [fact],
  );
}
