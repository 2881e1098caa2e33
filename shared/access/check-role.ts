import { builtInRoleLike, InvalidInputError, textProblem } from '#shared/kernel/index.ts';
import { isPlainJson } from './attributes.ts';
import { PERMISSIONS, type Permission, type ResourceType } from './permissions.ts';
import { type RoleBody, type RoleGrant, roleSchema, SAYS_MAX } from './role.ts';

/** Administrative permissions. A person with such a permission cannot decide at gates. */
const ADMINISTERS: readonly Permission[] = ['workspace.create'];

const HAVE_A_STAGE: readonly ResourceType[] = ['Run', 'Gate'];
const HAVE_AN_AUTOMATION: readonly ResourceType[] = ['Automation', 'Run', 'Gate'];
const HAVE_A_WORKSPACE: readonly ResourceType[] = ['Workspace', 'Automation', 'Run', 'Gate'];

/**
 * Checks a custom role: its form, its conditions, and that it separates deciding from
 * administering.
 *
 * @throws `role.invalid` (refuse): the role does not have the form role/1, its name is similar to
 *   that of a built-in role, a condition cannot apply to one of its permissions, `field.read` has
 *   no classes, or the role would both decide at gates and administer.
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
  if (unreadable !== undefined) throw refused(`the sentence of ${data.name} ${unreadable}`);

  data.grants.forEach((grant, i) => {
    const problem = problemOf(grant);
    if (problem !== undefined) throw refused(`grant ${i + 1} of ${data.name} ${problem}`);
  });

  const administers = administeredBy(data);
  if (administers !== undefined && grantsOf(data).includes('gate.decide')) {
    throw refused(
      `${data.name} grants both gate.decide and ${administers}; allowed is one of them`,
    );
  }

  return data;
}

/**
 * Returns the first administrative permission of a role; undefined if the role has no such
 * permission.
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
  const outside = (types: readonly ResourceType[]) =>
    permissions.find((permission) => !types.includes(PERMISSIONS[permission].of));

  const inapplicable = (condition: unknown, name: string, types: readonly ResourceType[]) => {
    const permission = condition === undefined ? undefined : outside(types);
    return (
      permission &&
      `has ${name} with ${permission}, which is about a ${PERMISSIONS[permission].of}; allowed with ${types.join(', ')}`
    );
  };

  const readsFields = permissions.includes('field.read');
  if (readsFields && classes === undefined)
    return 'has field.read without the classes that it reads';
  if (!readsFields && classes !== undefined) return 'has classes without field.read';

  return (
    inapplicable(stages, 'stages', HAVE_A_STAGE) ??
    inapplicable(automations, 'automations', HAVE_AN_AUTOMATION) ??
    inapplicable(where, 'attributes', HAVE_A_WORKSPACE)
  );
}

const refused = (what: string) =>
  new InvalidInputError('role.invalid', `the role is invalid: ${what}`);
