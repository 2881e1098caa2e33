import type { AccessRequest, Authorization, PolicyEngine } from './ports.ts';
import type { RoleBody, RoleGrant } from './role.ts';

const GENERATION = 5_000;
/**
 * Maximum length of a key, in characters. Longer keys, of people with many or large roles, would
 * use too much memory, so their requests are not cached.
 */
const LONGEST_KEY = 8_192;

/**
 * Caches the 10,000 most recently requested decisions. The key contains the whole request, so a
 * change of a role, stage or workspace always takes effect. A failed decision is not cached.
 */
export function cachedPolicies(engine: PolicyEngine): PolicyEngine {
  // The cache has two generations. A decision that is requested again moves to the younger
  // generation, and the older generation is dropped as a whole, so a hit has almost no cost.
  let young = new Map<string, Authorization>();
  let old = new Map<string, Authorization>();

  return {
    says: engine.says,
    authorize(request) {
      const key = keyOf(request);
      if (key === undefined) return engine.authorize(request);
      const known = young.get(key);
      if (known !== undefined) return known;
      const decision = old.get(key) ?? engine.authorize(request);
      if (decision.failed) return decision;

      if (young.size >= GENERATION) {
        old = young;
        young = new Map();
      }

      young.set(key, decision);

      return decision;
    },
  };
}

/**
 * Returns the key of a request, which is different for every other request. Undefined if the key is
 * too long or the request has an unexpected form.
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
 * Includes the number of members. An additional member makes a role invalid, so it must change the
 * key.
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

/** Prefixes a text with its length, so that different lists of texts never have the same key. */
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
