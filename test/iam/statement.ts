import { type Condition, type Fill, holds, readConditions } from './conditions.ts';
import { PolicyError } from './errors.ts';
import { listOf, recordOf, textOf, textsOf } from './json.ts';
import { checkActionPattern, checkResourcePattern, like } from './pattern.ts';
import { type Principals, readPrincipals } from './principals.ts';
import type { RequestContext } from './request-context.ts';
import { fillIn, type Text, written } from './text.ts';
import type { Layer, PolicyDocument } from './types.ts';

/** A statement that has been read: everything in it is known. */
export interface Statement {
  readonly sid: string | undefined;
  readonly effect: 'Allow' | 'Deny';
  /** Empty but in a policy of a resource, which must have them. */
  readonly principals: Principals;
  readonly actions: Selection;
  readonly resources: Selection;
  readonly conditions: readonly Condition[];
  /** Whether `${…}` is a variable. In the version of 2008 it is just text. */
  readonly withVariables: boolean;
}

/** `Action` or `NotAction`, `Resource` or `NotResource`. */
interface Selection {
  readonly patterns: readonly string[];
  readonly inverted: boolean;
}

/** What a statement is asked about. */
export interface Subject {
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
}

const ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

/**
 * Reads a whole policy, so that what is wrong with it shows whatever is asked.
 *
 * Source: IAM user guide, "Grammar of the IAM JSON policy language".
 *
 * @throws {@link PolicyError} for everything that is not understood.
 */
export function readPolicy(document: PolicyDocument, layer: Layer): Statement[] {
  const { Version = '2008-10-17', Statement } = recordOf(document, 'policy', [
    'Version',
    'Id',
    'Statement',
  ]);
  if (Version !== '2012-10-17' && Version !== '2008-10-17')
    throw new PolicyError(`Version ${JSON.stringify(Version)} is unknown`);

  return listOf(Statement).map((statement) =>
    readStatement(statement, layer, Version === '2012-10-17'),
  );
}

function readStatement(value: unknown, layer: Layer, withVariables: boolean): Statement {
  const element = recordOf(value, 'statement', ELEMENTS);
  const { Sid, Effect, Principal, NotPrincipal, Condition } = element;
  if (Effect !== 'Allow' && Effect !== 'Deny')
    throw new PolicyError(`Effect ${JSON.stringify(Effect)} is unknown`);
  if (NotPrincipal !== undefined)
    throw new PolicyError('NotPrincipal is not supported: with a boundary it always denies');
  if ((Principal !== undefined) !== (layer === 'resourcePolicy'))
    throw new PolicyError('Principal must stand in a policy of a resource, and in no other');

  const actions = readSelection(element, 'Action');

  actions.patterns.forEach(checkActionPattern);

  const resources = isTrust(element, actions)
    ? { patterns: ['*'], inverted: false }
    : readSelection(element, 'Resource');

  resources.patterns.forEach(checkResourcePattern);

  const conditions = Condition === undefined ? [] : readConditions(Condition);

  if (layer === 'resourcePolicy') conditions.forEach(checkKeyOfResourcePolicy);

  return {
    sid: Sid === undefined ? undefined : textOf(Sid, 'Sid'),
    effect: Effect,
    principals: Principal === undefined ? [] : readPrincipals(Principal),
    actions,
    resources,
    conditions,
    withVariables,
  };
}

function readSelection(
  element: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
): Selection {
  const inverted = element[`Not${name}`] !== undefined;
  if (inverted === (element[name] !== undefined))
    throw new PolicyError(`a statement must have either ${name} or Not${name}`);
  return { patterns: textsOf(inverted ? element[`Not${name}`] : element[name], name), inverted };
}

/** A role's trust policy has no `Resource`: it is about the role it is on. */
function isTrust(
  { Resource, NotResource }: Readonly<Record<string, unknown>>,
  { patterns, inverted }: Selection,
): boolean {
  return (
    Resource === undefined &&
    NotResource === undefined &&
    !inverted &&
    patterns.every((action) => /^sts:/i.test(action))
  );
}

/**
 * Source: Lambda developer guide, "Using source function ARN to control function access behavior".
 */
function checkKeyOfResourcePolicy({ key }: Condition): void {
  if (key.toLowerCase() === 'lambda:sourcefunctionarn')
    throw new PolicyError(`"${key}" cannot be used in a policy of a resource`);
}

/** Whether a statement is about this, whoever asks. */
export function applies(
  { actions, resources, conditions, withVariables }: Statement,
  { action, resource, context }: Subject,
): boolean {
  const fill: Fill = (text) =>
    withVariables ? fillIn(text, (key) => context.single(key)) : written(text);
  return (
    selects(actions, (pattern) => like(written(pattern), action, false)) &&
    selects(resources, (pattern) => isResource(fill(pattern), resource)) &&
    conditions.every((condition) => holds(condition, context, fill))
  );
}

function selects(
  { patterns, inverted }: Selection,
  matches: (pattern: string) => boolean,
): boolean {
  return patterns.some(matches) !== inverted;
}

/**
 * A `*` reaches past slashes and colons. AWS promises the latter only of one that ends its field
 * ("can expand to match beyond the colon boundaries"); the difference needs a name with a colon in
 * a field that cannot have one.
 *
 * A pattern whose variable has no value is no resource, in `NotResource` too.
 *
 * Source: IAM user guide, "Resource", and "Variables and tags", section "Policy variables with no
 * value".
 */
function isResource(pattern: Text | undefined, resource: string): boolean {
  return pattern !== undefined && like(pattern, resource);
}
