import type {
  EntityJson,
  EntityUidJson,
  StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/web';
import type { Attributes } from '../attributes.ts';
import { PERMISSIONS } from '../permissions.ts';
import type { AccessRequest, Principal, Resource } from '../ports.ts';

type Asked = Pick<
  StatefulAuthorizationCall,
  'principal' | 'action' | 'resource' | 'context' | 'entities'
>;

/**
 * What is asked, in the terms of the schema: the person, what they ask for, and nothing else that
 * there is. It fits the schema by how it is built, so Cedar is not made to compare them each time.
 *
 * @param administering - Names of the valid custom roles that grant a permission to administer.
 * @throws TypeError for a permission about something else, for a class that is missing or has no
 *   place, and for a text that is none or that Cedar would read as another one.
 */
export function asked(
  { principal, permission, resource, class: dataClass }: AccessRequest,
  administering: readonly string[],
): Asked {
  const isAbout =
    Object.hasOwn(PERMISSIONS, permission) && PERMISSIONS[permission].of === resource.type;
  if (!isAbout || (permission === 'field.read') !== (dataClass !== undefined))
    throw new TypeError('not a request of the schema');

  const person = personOf(principal, administering);
  const thing = thingOf(resource);

  return {
    principal: person.uid,
    action: { type: 'Action', id: permission },
    resource: thing.uid,
    context: dataClass === undefined ? {} : { class: text(dataClass) },
    entities:
      resource.type === 'Platform' || resource.type === 'Person' ? [person] : [person, thing],
  };
}

function personOf(
  { id, roles, workspaces, attributes }: Principal,
  administering: readonly string[],
): EntityJson {
  const everywhere = workspaces === '*';
  return {
    uid: { type: 'Person', id: text(id) },
    attrs: {
      everywhere,
      workspaces: everywhere ? [] : workspaces.map(text),
      administers: roles.some((role) => administering.includes(role)),
    },
    parents: roles.map((role) => ({ type: 'Role', id: text(role) })),
    tags: tags(attributes),
  };
}

function thingOf(resource: Resource): EntityJson {
  if (resource.type === 'Platform') return entity({ type: 'Platform', id: 'writ' });
  if (resource.type === 'Person') return entity({ type: 'Person', id: text(resource.id) });
  const where = { workspace: text(resource.workspace) };
  if (resource.type === 'Workspace')
    return entity({ type: 'Workspace', id: where.workspace }, where, resource.attributes);

  const automation = { ...where, automation: text(resource.automation) };
  if (resource.type === 'Automation')
    return entity(
      { type: 'Automation', id: automation.automation },
      automation,
      resource.attributes,
    );

  const requester = { __entity: { type: 'Person', id: text(resource.requester) } };
  const run = { ...automation, stage: text(resource.stage), requester };
  if (resource.type === 'Run')
    return entity({ type: 'Run', id: text(resource.run) }, run, resource.attributes);

  const gate = { ...run, decidedBy: text(resource.decidedBy) };

  return entity(
    { type: 'Gate', id: `${text(resource.run)}.${text(resource.gate)}` },
    gate,
    resource.attributes,
  );
}

function entity(
  uid: EntityUidJson,
  attrs: EntityJson['attrs'] = {},
  attributes: Attributes = {},
): EntityJson {
  return { uid, attrs, parents: [], tags: tags(attributes) };
}

/** As they are, when they are texts. Cedar takes own members only, as this does. */
function tags(attributes: Attributes): Record<string, string> {
  for (const [name, value] of Object.entries(attributes)) {
    text(name);
    text(value);
  }
  return attributes;
}

/** Half a character is replaced on the way into Cedar, which would make one text of many. */
function text(value: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw new TypeError('no text');
  return value;
}
