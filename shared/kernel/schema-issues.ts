import type { $ZodIssue, $ZodType, $ZodTypes } from 'zod/v4/core';

type Def = $ZodTypes['_zod']['def'];

/** Maximum number of issues described for one value. */
const MAX_ISSUES = 10;
/** Maximum number of allowed values listed, and of characters of a pattern shown. */
const [MAX_VALUES, MAX_PATTERN] = [20, 200];

/** Descriptions of string formats, with an example. */
const FORMATS: Readonly<Record<string, string>> = {
  date: 'a date, such as 2026-01-31',
  datetime: 'a date and time in UTC, such as 2026-01-31T12:00:00Z',
  time: 'a time of day, such as 12:00:00',
  duration: 'a duration, such as P3D',
  email: 'an email address',
  url: 'a URL',
  uuid: 'a UUID',
};

interface CheckedValue {
  readonly schema: $ZodType;
  readonly value: unknown;
  /** Name of the value. Empty if the names of its members are sufficient. */
  readonly name: string;
}

/**
 * Describes schema issues, one sentence each, with the path. Mentions types, limits and names from
 * the schema, never a value.
 */
export function describeIssues(
  { issues }: { readonly issues: readonly $ZodIssue[] },
  { schema, value, name }: CheckedValue,
): string[] {
  return issues.slice(0, MAX_ISSUES).map((issue) => {
    const place = `${name}${formatPath(schema, issue.path)}`.replace(/^\./, '');
    const says = describeIssue(issue, defAt(schema, issue.path), valueAt(value, issue.path));
    return `${place || 'it'} ${says}`;
  });
}

function describeIssue(issue: $ZodIssue, def: Def | undefined, value: unknown): string {
  const isAbsent =
    value === undefined && ['invalid_type', 'invalid_value', 'invalid_union'].includes(issue.code);
  if (isAbsent) return 'is missing';

  switch (issue.code) {
    case 'invalid_type':
      return mustBe([expected(issue.expected, def)], value);
    case 'invalid_union': {
      const types = issue.errors.flatMap(([first]) =>
        first?.code === 'invalid_type' && first.path.length === 0 ? [first.expected] : [],
      );
      const isType = types.length > 0 && types.length === issue.errors.length;

      return isType
        ? mustBe([...new Set(types.map((type) => expected(type)))], value)
        : 'has none of the forms that are allowed';
    }
    case 'invalid_value':
      return oneOf(issue.values, value);
    case 'too_small':
    case 'too_big':
      return limit(issue);
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return format(issue);
    case 'unrecognized_keys': {
      const allowed = def?.type === 'object' ? Object.keys(def.shape) : [];
      const { length } = issue.keys; // omits the names: an undeclared name may be a value
      return `has ${length} ${length === 1 ? 'member' : 'members'} too many; allowed are ${allowed.join(', ') || 'none'}`;
    }
    case 'invalid_key':
      return 'has a name that is not allowed';
    case 'invalid_element':
      return 'has an item that is not allowed';
    default:
      return 'is refused by a check of its own';
  }
}

const mustBe = (types: readonly string[], value: unknown) =>
  `must be ${types.join(' or ')}, got ${describeType(value)}`;

const TYPES: Readonly<Record<string, string>> = {
  array: 'an array',
  int: 'an integer',
  null: 'null',
  object: 'an object',
  record: 'an object',
  tuple: 'an array',
};

function expected(type: string, def?: Def): string {
  const isInteger = def?.type === 'number' && 'format' in def && def.format === 'safeint';
  return TYPES[isInteger ? 'int' : type] ?? `a ${type}`;
}

function describeType(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number')
    return Number.isInteger(value)
      ? 'an integer'
      : Number.isFinite(value)
        ? 'a fraction'
        : 'no finite number';

  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function oneOf(values: readonly unknown[], value: unknown): string {
  const listed = values
    .slice(0, MAX_VALUES)
    .map((one) => (typeof one === 'string' ? JSON.stringify(one) : String(one)));
  const more = values.length > MAX_VALUES ? ', …' : '';
  const got = values.some((one) => typeof one === typeof value)
    ? ''
    : `, got ${describeType(value)}`;

  return `must be ${values.length === 1 ? '' : 'one of '}${listed.join(', ')}${more}${got}`;
}

/** Units of a size, by type. Numbers have no unit. */
const UNITS: Readonly<Record<string, string>> = {
  string: 'characters',
  array: 'items',
  set: 'items',
  map: 'entries',
  object: 'members',
};

function limit(issue: Extract<$ZodIssue, { code: 'too_small' | 'too_big' }>): string {
  const [least, most] =
    issue.code === 'too_small' ? [issue.minimum, undefined] : [undefined, issue.maximum];
  const bound = String(least ?? most);
  const unit = UNITS[issue.origin];
  if (unit === undefined && issue.inclusive === false)
    return `must be ${least === undefined ? 'less' : 'greater'} than ${bound}`;
  if (least === 1 && unit !== undefined && !issue.exact) return 'must not be empty';

  const how = issue.exact ? 'exactly' : least === undefined ? 'at most' : 'at least';

  return unit === undefined ? `must be ${how} ${bound}` : `must have ${how} ${bound} ${unit}`;
}

function format(issue: Extract<$ZodIssue, { code: 'invalid_format' }>): string {
  const named = FORMATS[issue.format];
  if (named !== undefined) return `must be ${named}`;

  const { pattern, prefix, suffix, includes } = issue as {
    pattern?: string;
    prefix?: string;
    suffix?: string;
    includes?: string;
  };
  if (prefix !== undefined) return `must begin with ${JSON.stringify(prefix)}`;
  if (suffix !== undefined) return `must end with ${JSON.stringify(suffix)}`;
  if (includes !== undefined) return `must contain ${JSON.stringify(includes)}`;
  if (pattern !== undefined && pattern.length <= MAX_PATTERN) return `must match ${pattern}`;

  return issue.format === 'regex'
    ? 'is not of the form that is declared'
    : `must be of the format ${issue.format}`;
}

/**
 * Formats a path, such as `.lines[2].amount`. Contains only names from the schema, because a name
 * in the input may be a sensitive value.
 */
function formatPath(schema: $ZodType, path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => {
      if (typeof key === 'number') return `[${key}]`;
      const parent = defAt(schema, path.slice(0, i));
      return parent?.type === 'object' && Object.hasOwn(parent.shape, key)
        ? `.${String(key)}`
        : '[…]';
    })
    .join('');
}

function defAt(schema: $ZodType, path: readonly PropertyKey[]): Def | undefined {
  let at = unwrap(schema);
  for (const key of path) at = at && unwrap(childOf(at, key));
  return at;
}

function childOf(def: Def, key: PropertyKey): $ZodType | undefined {
  switch (def.type) {
    case 'object':
      return Object.hasOwn(def.shape, key) ? def.shape[String(key)] : undefined;
    case 'array':
      return def.element;
    case 'tuple':
      return def.items[Number(key)] ?? def.rest ?? undefined;
    case 'record':
      return def.valueType;
    default:
      return undefined;
  }
}

/** Unwraps optional, nullable, default and similar wrappers to the schema of the value itself. */
function unwrap(schema: $ZodType | undefined): Def | undefined {
  const def = (schema as $ZodTypes | undefined)?._zod.def;
  if (def?.type === 'pipe') return unwrap(def.in);
  return def !== undefined && 'innerType' in def ? unwrap(def.innerType) : def;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
