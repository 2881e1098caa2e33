import { createHash } from 'node:crypto';
import { toJSONSchema } from 'zod/v4/core';
import { canBeLeftOut, type Field, type Flow, type Node } from '#shared/automation/index.ts';
import { omitUndefined } from '#shared/kernel/index.ts';
import type { AutomationLock, DataLock, GateLock, StepLock } from './automation-lock.ts';
import { flowPaths, type PathPoint } from './flow-paths.ts';
import { RulesByName } from './rules-by-name.ts';

/** What an automation declares besides what its functions may do. */
export function declaredLock(flow: Flow): AutomationLock {
  const rules = new RulesByName(flow);
  const points = flowPaths(flow, rules);

  const records = Object.entries(flow.records).map(([name, { of, fields, balances }]) => {
    const tolerances = Object.entries(balances).map(([field, { tolerancePerMille }]) => [
      field,
      tolerancePerMille,
    ]);

    return [
      name,
      omitUndefined({ of, ...dataOf(fields), balances: Object.fromEntries(tolerances) }),
    ];
  });

  return {
    version: flow.version,
    definition: flow.definition,
    purpose: flow.purpose,
    supervisedBy: flow.supervisedBy.role,
    subjects: flow.subjects,
    ...dataOf(flow.fields),
    records: Object.fromEntries(records),
    gates: Object.fromEntries(
      points.flatMap(({ node, onlyIf }) =>
        node.kind === 'gate'
          ? [[node.gate.name, { ...gateOf(node.gate, points, rules), onlyIf }] as const]
          : [],
      ),
    ),
    rules: rules.all,
    steps: Object.fromEntries(
      points.flatMap((point) =>
        point.node.kind === 'step'
          ? [[point.node.step.name, stepOf(flow, point, point.node)] as const]
          : [],
      ),
    ),
    course: points.map((point) => inCourse(point, rules)),
  };
}

function dataOf(fields: Readonly<Record<string, Field>>): DataLock {
  const all = Object.entries(fields);
  return {
    fields: Object.fromEntries(all.map(([name, field]) => [name, field.class])),
    whose: Object.fromEntries(
      all.flatMap(([name, { of }]) => (of === undefined ? [] : [[name, of]])),
    ),
    optional: all.flatMap(([name, field]) => (canBeLeftOut(field) ? [name] : [])),
    schemas: Object.fromEntries(all.map(([name, { schema }]) => [name, schemaHash(schema)])),
  };
}

/** Of what the definition of an automation takes of a schema. */
function schemaHash(schema: Field['schema']): string {
  const text = JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }));
  return createHash('sha256').update(text).digest('hex');
}

function gateOf(
  gate: Extract<Node, { kind: 'gate' }>['gate'],
  points: readonly PathPoint[],
  rules: RulesByName,
): Omit<GateLock, 'onlyIf'> {
  const covered = points.flatMap(({ node, behind }) =>
    node.kind === 'step' && node.step.authority.effect === 'external' && behind.has(gate.name)
      ? [node.step.name]
      : [],
  );
  return {
    decidedBy: [gate.decidedBy.role],
    waitsWhen: gate.when.length === 0 ? 'always' : gate.when.map((rule) => rules.nameOf(rule)),
    shows: gate.shows,
    expiresMs: gate.expiresMs,
    covers: covered,
  };
}

function stepOf(
  flow: Flow,
  { onlyIf, nearest }: PathPoint,
  { step, retry, timeoutMs }: Extract<Node, { kind: 'step' }>,
): StepLock {
  const roles = [...nearest].map(
    (gate) =>
      (gate === undefined ? undefined : flow.gates.get(gate)?.decidedBy) ?? flow.supervisedBy,
  );

  const { attempts, baseMs, capMs } = retry;

  return omitUndefined({
    onlyIf,
    supervisedBy:
      step.authority.effect === 'external'
        ? [...new Set(roles.map(({ role }) => role))].sort()
        : undefined,
    ...{ attempts, baseMs, capMs, timeoutMs },
  });
}

function inCourse({ node, onlyIf }: PathPoint, rules: RulesByName): string {
  const where = onlyIf.length === 0 ? '' : `, if ${onlyIf.join(' and ')}`;
  switch (node.kind) {
    case 'stage':
      return `stage ${node.name}${where}`;
    case 'step':
      return `step ${node.step.name}${where}`;
    case 'gate':
      return `gate ${node.gate.name}${where}`;
    case 'when':
      return `when ${rules.nameOf(node.rule)}${where}`;
  }
}
