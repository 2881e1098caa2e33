import { createHash } from 'node:crypto';
import { toJSONSchema } from 'zod/v4/core';
import {
  canBeLeftOut,
  type Field,
  type Flow,
  type FlowPoint,
  type Gate,
  type Node,
  type PathFacts,
  pathFacts,
} from '#shared/automation/index.ts';
import { omitUndefined } from '#shared/kernel/index.ts';
import type { AutomationLock, DataLock, GateLock, StepLock } from './automation-lock.ts';
import { RulesByName } from './rules-by-name.ts';

/** Returns the lock of an automation's declaration, without the permissions of its functions. */
export function declaredLock(flow: Flow): AutomationLock {
  const rules = new RulesByName(flow);
  const { points } = flow.graph;
  const facts = pathFacts(flow.graph, flow.inputs);

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
      points.flatMap((point) => {
        if (point.kind !== 'gate') return [];
        const { gate } = point.node;
        return [
          [gate.name, { ...gateOf(gate, facts, rules), onlyIf: onlyIf(point, rules) }] as const,
        ];
      }),
    ),
    rules: rules.all,
    steps: Object.fromEntries(
      [...facts].flatMap(([point, { nearestGates }]) => {
        if (point.kind !== 'step') return [];
        const step = stepOf(flow, point.node, nearestGates);
        return [[point.node.step.name, { onlyIf: onlyIf(point, rules), ...step }] as const];
      }),
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

/** Hashes the part of a schema that the definition hash covers. */
function schemaHash(schema: Field['schema']): string {
  const text = JSON.stringify(toJSONSchema(schema, { unrepresentable: 'any', io: 'output' }));
  return createHash('sha256').update(text).digest('hex');
}

/** Returns the conditions that a run must meet to reach a point. */
function onlyIf({ conditions }: FlowPoint, rules: RulesByName): string[] {
  return conditions.map(({ branch, node }) => {
    if (branch === 'rejected') return `${node.gate.name} is rejected`;
    return `${rules.nameOf(node.rule)} ${branch === 'hit' ? 'hits' : 'does not hit'}`;
  });
}

function gateOf(
  gate: Gate,
  facts: ReadonlyMap<FlowPoint, PathFacts>,
  rules: RulesByName,
): Omit<GateLock, 'onlyIf'> {
  const covered = [...facts].flatMap(([point, { gates }]) =>
    point.kind === 'step' && point.node.step.authority.effect === 'external' && gates.has(gate.name)
      ? [point.node.step.name]
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
  { step, retry, timeoutMs }: Extract<Node, { kind: 'step' }>,
  nearestGates: PathFacts['nearestGates'],
): Omit<StepLock, 'onlyIf'> {
  const roles = [...nearestGates].map(
    (gate) =>
      (gate === undefined ? undefined : flow.gates.get(gate)?.decidedBy) ?? flow.supervisedBy,
  );

  const { attempts, baseMs, capMs } = retry;

  return omitUndefined({
    supervisedBy:
      step.authority.effect === 'external'
        ? [...new Set(roles.map(({ role }) => role))].sort()
        : undefined,
    ...{ attempts, baseMs, capMs, timeoutMs },
  });
}

function inCourse(point: FlowPoint, rules: RulesByName): string {
  const conditions = onlyIf(point, rules);
  const where = conditions.length === 0 ? '' : `, if ${conditions.join(' and ')}`;
  const { node } = point;

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
