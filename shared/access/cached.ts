import type { AccessRequest, Authorization, PolicyEngine } from './ports.ts';
import type { RoleBody, RoleGrant } from './role.ts';

const GENERATION = 5_000;
/**
 * Longer texts, of people with very many or very large roles, are decided each time: they would
 * fill the memory.
 */
const LONGEST_KEY = 8_192;

/**
 * Keeps decisions, at most 10,000, those that were asked for last. Only the pure decision is kept,
 * under the text of everything that was asked, so no change of a role, a stage or a workspace can
 * be missed. One that failed is not kept.
 */
export function cachedPolicies(engine: PolicyEngine): PolicyEngine {
  // Two generations: what is asked for again moves to the younger, and the older is dropped whole.
  // That costs a hit nothing.
  let young = new Map<string, Authorization>();
  let old = new Map<string, Authorization>();

  return {
    says: engine.says,
    authorize(request) {
      const key = keyOf(request);
      if (key === undefined) return engine.authorize(request);
      const known = young.get(key);
      if (known !== undefined) return known;
      const made = old.get(key) ?? engine.authorize(request);
      if (made.failed) return made;

      if (young.size >= GENERATION) {
        old = young;
        young = new Map();
      }

      young.set(key, made);

      return made;
    },
  };
}

/**
 * The text of a request, another one for each other request; undefined when it is too long or not
 * of the form it must have.
 */
function keyOf(request: AccessRequest): string | undefined {
  try {
    const key = ofPrincipal(request) + ofResource(request);
    return key.length > LONGEST_KEY ? undefined : key;
  } catch {
    return undefined;
  }
}

function ofPrincipal({ principal, permission, class: dataClass }: AccessRequest): string {
  const { id, roles, workspaces, attributes, customRoles } = principal;
  const who =
    text(id) +
    list(roles) +
    (workspaces === '*' ? '*' : list(workspaces)) +
    pairs(attributes, text);
  return text(permission) + maybe(dataClass, text) + who + all(customRoles, ofRole);
}

/**
 * With how many members there are, so that one too many, which makes a role invalid, makes another
 * text.
 */
function ofRole(role: RoleBody): string {
  return `${Object.keys(role).length}(${text(role.v)}${text(role.name)}${text(role.says)}${all(role.grants, ofGrant)}`;
}

function ofGrant(grant: RoleGrant): string {
  const { permissions, automations, stages, classes, where } = grant;
  const lists =
    list(permissions) + maybe(automations, list) + maybe(stages, list) + maybe(classes, list);
  const attributes = maybe(where, (given) =>
    pairs(given, (values) => (values === 'own' ? 'own' : list(values))),
  );
  return `${Object.keys(grant).length}(${lists}${attributes}`;
}

function ofResource({ resource }: AccessRequest): string {
  const type = text(resource.type);
  if (resource.type === 'Platform') return type;
  if (resource.type === 'Person') return type + text(resource.id);
  const where = type + text(resource.workspace) + pairs(resource.attributes, text);
  if (resource.type === 'Workspace') return where;
  const automation = where + text(resource.automation);
  if (resource.type === 'Automation') return automation;

  const run = automation + text(resource.run) + text(resource.stage) + text(resource.requester);

  return resource.type === 'Run' ? run : run + text(resource.gate) + text(resource.decidedBy);
}

/** With its length before it, a text can hold anything and still ends where it ends. */
function text(value: string): string {
  if (typeof value !== 'string') throw new TypeError();
  return `${value.length}:${value}`;
}

const list = (values: readonly string[]) => all(values, text);

function all<T>(values: readonly T[], of: (value: T) => string): string {
  if (!Array.isArray(values)) throw new TypeError();
  let key = `${values.length}[`;
  for (const value of values) key += of(value);
  return key;
}

function pairs<T>(members: Readonly<Record<string, T>>, of: (value: T) => string): string {
  const names = Object.keys(members);
  let key = `${names.length}{`;
  for (const name of names) key += text(name) + of(members[name] as T);
  return key;
}

const maybe = <T>(value: T | undefined, of: (value: T) => string) =>
  value === undefined ? '-' : of(value);
