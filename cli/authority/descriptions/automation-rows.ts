import type {
  AutomationLock,
  DataLock,
  RecordLock,
  StepLock,
} from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import type { Row } from './function-rows.ts';
import { describeGate } from './gate.ts';
import { joinNames } from './join-names.ts';
import { describeRule } from './rule.ts';

/** Formats an automation: its gates, external steps, rules, subjects and data. */
export function automationRows(automation: AutomationLock): Row[] {
  const { purpose, supervisedBy, subjects, records, gates, rules, steps, course } = automation;
  const external = Object.entries(steps).filter(([, step]) => step.supervisedBy !== undefined);

  return [
    ['purpose', purpose],
    ...Object.entries(gates).map(([name, gate]): Row => ['gate', `${name}: ${describeGate(gate)}`]),
    ...external.map(([name, step]): Row => ['external', `${name}: ${describeStep(step)}`]),
    ['supervised', `by ${supervisedBy}, where no gate covers an external step`],
    ...Object.entries(rules).map(([name, rule]): Row => ['rule', `${name}: ${describeRule(rule)}`]),
    [
      'subjects',
      Object.entries(subjects)
        .map(([subject, field]) => `${subject}, known by ${field}`)
        .join('; ') || 'none',
    ],
    ['fields', describeData(automation)],
    ...Object.entries(records).map(
      ([name, record]): Row => [
        'records',
        `${name}${record.of === undefined ? '' : ` of ${record.of}`}: ${describeData(record)}${describeBalances(record)}`,
      ],
    ),
    ['flow', course.join('; ')],
  ];
}

/** Describes the balances that runs draw down, with their tolerances. */
function describeBalances({ balances }: RecordLock): string {
  const balanced = Object.entries(balances).map(
    ([field, tolerance]) => `${field} (tolerance ${tolerance} per mille)`,
  );
  return balanced.length === 0 ? '' : `; drawn down: ${balanced.join(', ')}`;
}

function describeStep({ onlyIf, supervisedBy = [] }: StepLock): string {
  const condition = onlyIf.length === 0 ? 'on every path' : `only if ${joinNames(onlyIf, 'and')}`;
  return `${condition}; while the rollout is supervised, decided by ${joinNames(supervisedBy, 'or')}`;
}

/**
 * Describes fields by class, and sealed fields also by subject. The strictest class comes first.
 */
function describeData({ fields, whose }: DataLock): string {
  const kinds = Map.groupBy(Object.keys(fields), (field) => {
    const about = whose[field];
    return `${fields[field]}${about === undefined ? '' : ` of ${about}`}`;
  });
  const rank = ([field = '']: readonly string[]) => DATA_CLASSES.indexOf(fields[field] ?? 'public');
  const sorted = [...kinds].sort(([, one], [, other]) => rank(other) - rank(one));
  return sorted.map(([kind, of]) => `${kind}: ${of.join(', ')}`).join('; ') || 'none';
}
