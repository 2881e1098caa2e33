import { builtInRoleLike, InvalidInputError, textProblem } from '#shared/kernel/index.ts';
import { isPlainJson } from './attributes.ts';
import { PERMISSIONS, type Permission, type ResourceType } from './permissions.ts';
import { type RoleBody, type RoleGrant, roleSchema, SAYS_MAX } from './role.ts';

/** Permissions that change who and what there is. Whoever holds one does not decide at gates. */
const ADMINISTERS: readonly Permission[] = ['workspace.create'];

const HAVE_A_STAGE: readonly ResourceType[] = ['Run', 'Gate'];
const HAVE_AN_AUTOMATION: readonly ResourceType[] = ['Automation', 'Run', 'Gate'];
const HAVE_A_WORKSPACE: readonly ResourceType[] = ['Workspace', 'Automation', 'Run', 'Gate'];

/**
 * Checks a custom role: its form, and that what it grants makes sense and does not join what has to
 * be apart.
 *
 * @throws `role.invalid` (refuse): it is not of the form role/1, its name reads like that of a
 *   built-in role, a condition stands with a permission it cannot apply to, `field.read` is without
 *   classes, or it would both decide at gates and administer.
 */
export function checkRole(role: unknown): RoleBody {
  const { success, data, error } = roleSchema.safeParse(role);
  if (!success)
    throw refused(
      `it is not of the form role/1, at "${error.issues[0]?.path.join('.').slice(0, 64) ?? ''}"`,
    );
  if (!isPlainJson(role)) throw refused(`${data.name} is not plain JSON`);
  if (builtInRoleLike(data.name) !== undefined)
    throw refused(`the name ${data.name} reads like that of a built-in role`);

  const unreadable = textProblem(data.says, SAYS_MAX);
  if (unreadable !== undefined) throw refused(`what ${data.name} says ${unreadable}`);

  data.grants.forEach((grant, i) => {
    const problem = problemOf(grant);
    if (problem !== undefined) throw refused(`grant ${i + 1} of ${data.name} ${problem}`);
  });

  const administers = administeredBy(data);
  if (administers !== undefined && grantsOf(data).includes('gate.decide')) {
    throw refused(
      `${data.name} grants both gate.decide and ${administers}; nobody both approves and administers`,
    );
  }

  return data;
}

/**
 * The first permission that a role grants of those that change who and what there is; undefined
 * when it grants none.
 */
export function administeredBy(role: RoleBody): Permission | undefined {
  return grantsOf(role).find((permission) => ADMINISTERS.includes(permission));
}

const grantsOf = ({ grants }: RoleBody) => grants.flatMap(({ permissions }) => permissions);

function problemOf({
  permissions,
  automations,
  stages,
  classes,
  where,
}: RoleGrant): string | undefined {
  const not = (types: readonly ResourceType[]) =>
    permissions.find((permission) => !types.includes(PERMISSIONS[permission].of));

  const needless = (condition: unknown, name: string, types: readonly ResourceType[]) => {
    const permission = condition === undefined ? undefined : not(types);
    return (
      permission &&
      `has ${name} with ${permission}, which is about a ${PERMISSIONS[permission].of}; allowed with ${types.join(', ')}`
    );
  };

  const readsFields = permissions.includes('field.read');
  if (readsFields && classes === undefined)
    return 'has field.read without the classes that may be read';
  if (!readsFields && classes !== undefined) return 'has classes without field.read';

  return (
    needless(stages, 'stages', HAVE_A_STAGE) ??
    needless(automations, 'automations', HAVE_AN_AUTOMATION) ??
    needless(where, 'attributes', HAVE_A_WORKSPACE)
  );
}

const refused = (what: string) =>
  new InvalidInputError('role.invalid', `the role is refused: ${what}`);
