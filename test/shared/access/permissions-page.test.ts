import { expect, it } from 'vitest';
import {
  type AccessRequest,
  BUILT_IN_ROLES,
  checkRole,
  PERMISSIONS,
  type Permission,
  type Principal,
  type Resource,
  type RoleBody,
} from '#shared/access/index.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import { holder, person, policies, role, thing } from './people.ts';

const { may, says } = policies();
const ROLES = Object.keys(BUILT_IN_ROLES);
const DECIDERS = ['Compliance Officer', 'Team Member', 'Client'];

/** One line of the tables: something that can be asked for. */
interface Line {
  readonly what: string;
  readonly permission: Permission;
  readonly on: (parts: { readonly workspace: string; readonly stage: string }) => Resource;
  readonly class?: AccessRequest['class'];
  /** When it depends on them: the workspaces that who asks is let into. */
  readonly workspaces?: Principal['workspaces'];
}

const LINES = (Object.keys(PERMISSIONS) as Permission[]).flatMap((permission): Line[] => {
  const { of } = PERMISSIONS[permission];
  const line = { what: `\`${permission}\``, permission, on: (parts: object) => thing(of, parts) };
  if (permission === 'field.read')
    return DATA_CLASSES.map((one) => ({ ...line, what: `${line.what}, ${one}`, class: one }));
  if (permission === 'person.read') {
    const of = (id: string, whose: string): Line => ({
      ...line,
      what: `${line.what}, ${whose}`,
      on: () => thing('Person', { id }),
    });
    return [of('anna', 'of oneself'), of('bert', 'of others')];
  }

  if (permission === 'workspace.create') {
    return [
      { ...line, what: `${line.what}, let into every workspace`, workspaces: '*' },
      { ...line, what: `${line.what}, let into some` },
    ];
  }
  if (of !== 'Gate') return [line];

  return DECIDERS.map((decidedBy) => ({
    ...line,
    what: `${line.what}, the gate asks for: ${decidedBy}`,
    on: (parts) => thing('Gate', { ...parts, decidedBy }),
  }));
});

const sign = (
  who: Principal,
  { permission, on, class: dataClass, workspaces }: Line,
  where: { workspace?: string; stage?: string } = {},
) => {
  const asking = workspaces === undefined ? who : { ...who, workspaces };
  return may(asking, permission, on({ workspace: 'acme', stage: 'review', ...where }), dataClass)
    .allowed
    ? 'yes'
    : '·';
};

const table = (head: readonly string[], lines: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const inWorkspaces = LINES.filter(
  ({ permission }) => !['Platform', 'Person'].includes(PERMISSIONS[permission].of),
);
const isForbidding = (id: string) => id === 'wall' || id.startsWith('forbidden.');

const PARALEGAL: RoleBody = {
  v: 'role/1',
  name: 'paralegal',
  says: 'sees contracts, and reads what is in them while they are drafted',
  grants: [
    { permissions: ['run.list'] },
    { permissions: ['run.read', 'gate.read'], automations: ['contract-review'] },
    {
      permissions: ['field.read'],
      automations: ['contract-review'],
      stages: ['drafting'],
      classes: ['public', 'internal'],
    },
    {
      permissions: ['field.read'],
      automations: ['contract-review'],
      stages: ['review', 'signing'],
      classes: ['public'],
    },
  ],
};
const STAGES = ['drafting', 'review', 'signing'];
const CREATOR = role('creator', { permissions: ['workspace.create'] });

/** What the example can show: the same things, of a contract's review. */
const OF_CONTRACTS = inWorkspaces
  .filter(
    ({ permission, what }) =>
      /^(?:run|field|trail|gate)\./.test(permission) && !/Compliance|Client/.test(what),
  )
  .map((line) => ({
    ...line,
    on: (parts: object) =>
      ({ ...line.on(parts as never), automation: 'contract-review' }) as Resource,
  }));

it('the table in the documents is what the policies decide', async () => {
  const pia = holder([checkRole(PARALEGAL)]);

  const page = `# Permissions

This page is generated from the policies: every \`yes\` and every \`·\` (no) is an answer of the
policies that ship. \`test/shared/access/permissions-page.test.ts\` generates it and fails when it is
not current. An action that no role allows is denied, and a forbidden action stays forbidden with
any role.

## The permissions

${table(
  ['permission', 'is about', 'allows to'],
  Object.entries(PERMISSIONS).map(([name, { of, means }]) => [
    `\`${name}\``,
    `a ${of.toLowerCase()}`
      .replace('a platform', 'the platform')
      .replace('a automation', 'an automation'),
    means,
  ]),
)}

## The roles

${table(
  ['role', 'in a sentence'],
  Object.entries(BUILT_IN_ROLES).map(([name, { says: sentence }]) => [name, sentence]),
)}

## What each role allows

In a workspace the person has access to, in a run that another person started. A person with several
roles may do what any of them allows, and nothing that is forbidden.

${table(
  ['', ...ROLES],
  LINES.map((line) => [line.what, ...ROLES.map((name) => sign(person({ roles: [name] }), line))]),
)}

A gate can also ask for a custom role: then people with that role decide, if the role itself grants
\`gate.decide\`.

## Forbidden with any role

${[...says]
  .filter(([id]) => isForbidding(id))
  .map(([id, sentence]) => `- ${sentence} (\`${id}\`)`)
  .join('\n')}

The wall: everything in a workspace, for people with a role and no access to that workspace:

${table(
  ['in another workspace', ...ROLES],
  inWorkspaces.map((line) => [
    line.what,
    ...ROLES.map((name) => sign(person({ roles: [name] }), line, { workspace: 'globex' })),
  ]),
)}

Decisions, for people with a role that would allow them, at a gate that asks for that role:

${table(
  ['', ...DECIDERS],
  [
    ['a run that another person started', ...decides({})],
    ['a run they started themselves', ...decides({ requester: 'anna' })],
    ['they hold Admin as well', ...decides({}, 'Admin')],
    ['they hold Operator as well', ...decides({}, 'Operator')],
    ['they hold a custom role that grants `workspace.create` as well', ...decides({}, 'creator')],
  ],
)}

## Custom roles

A custom role grants permissions under conditions that must all hold: some automations, some stages
of the run, some clear data classes, workspaces with some attribute or with the person’s own. It is
refused when a condition cannot apply to its permission, when its name resembles a built-in role, and
when it would both decide at gates and administer (\`role.invalid\`). It only grants: everything
forbidden above stays forbidden.

### Rights that follow the stage: an example

A paralegal sees the state of contracts. While a contract is drafted they read its fields; afterwards
only the public ones.

\`\`\`json
${JSON.stringify(PARALEGAL).replace('[{', '[\n  {').replaceAll('},{', '},\n  {').replace('}]}', '}\n]}')}
\`\`\`

For a person of the workspace \`acme\` with this role and no other, and a run of \`contract-review\`:

${table(
  ['', ...STAGES.map((stage) => `while \`${stage}\``), 'in another workspace, at any stage'],
  OF_CONTRACTS.map((line) => [
    line.what,
    ...STAGES.map((stage) => sign(pia, line, { stage })),
    STAGES.some((stage) => sign(pia, line, { stage, workspace: 'globex' }) === 'yes') ? 'yes' : '·',
  ]),
)}

## Every policy

Entries of the trail name the policies that allowed or forbade an action: \`why.policies\`. A grant of a
custom role is named \`role.<name>.<number of the grant>\`.

${table(
  ['policy', 'sentence'],
  [...says].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, sentence]) => [`\`${id}\``, sentence]),
)}
`;

  await expect(page).toMatchFileSnapshot('../../../docs/permissions.md');
});

function decides(parts: { readonly requester?: string }, ...besides: readonly string[]): string[] {
  return DECIDERS.map((decidedBy) => {
    const who = person({ roles: [decidedBy, ...besides], customRoles: [CREATOR] });
    const { allowed } = may(who, 'gate.decide', thing('Gate', { decidedBy, ...parts }));
    return allowed ? 'yes' : '·';
  });
}
