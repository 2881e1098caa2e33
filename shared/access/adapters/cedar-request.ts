import type {
  EntityJson,
  EntityUidJson,
  StatefulAuthorizationCall,
} from '@cedar-policy/cedar-wasm/web';
import type { Attributes } from '../attributes.ts';
import { PERMISSIONS } from '../permissions.ts';
import type { AccessRequest, Principal, Resource } from '../ports.ts';

type CedarRequest = Pick<
  StatefulAuthorizationCall,
  'principal' | 'action' | 'resource' | 'context' | 'entities'
>;

/**
 * Returns a request in Cedar's format, with the person and the resource as its only entities. It
 * conforms to the schema by construction, so Cedar does not need to validate it each time.
 *
 * @param administering - Names of the valid custom roles that grant an administrative permission.
 * @throws TypeError for a permission of another resource type, for a class that is missing or not
 *   allowed, and for a text that Cedar would read as a different text.
 */
export function toCedarRequest(
  { principal, permission, resource, class: dataClass }: AccessRequest,
  administering: readonly string[],
): CedarRequest {
  const isAbout =
    Object.hasOwn(PERMISSIONS, permission) && PERMISSIONS[permission].of === resource.type;
  if (!isAbout || (permission === 'field.read') !== (dataClass !== undefined))
    throw new TypeError('not a request of the schema');

  const person = personEntity(principal, administering);
  const target = resourceEntity(resource);

  return {
    principal: person.uid,
    action: { type: 'Action', id: permission },
    resource: target.uid,
    context: dataClass === undefined ? {} : { class: text(dataClass) },
    entities:
      resource.type === 'Platform' || resource.type === 'Person' ? [person] : [person, target],
  };
}

function personEntity(
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

function resourceEntity(resource: Resource): EntityJson {
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

/**
 * Returns the attributes, after checking that they are texts. Like Cedar, reads only own members.
 */
function tags(attributes: Attributes): Record<string, string> {
  for (const [name, value] of Object.entries(attributes)) {
    text(name);
    text(value);
  }
  return attributes;
}

/** Refuses lone surrogates. Cedar replaces them, so different texts would become equal. */
function text(value: string): string {
  if (typeof value !== 'string' || !value.isWellFormed()) throw new TypeError('no text');
  return value;
}
