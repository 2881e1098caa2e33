import type {
  AutomationLock,
  DataLock,
  RecordLock,
  StepLock,
} from '#infra/lock/automation-lock.ts';
import { DATA_CLASSES } from '#shared/kernel/index.ts';
import type { Row } from './function-rows.ts';
import { gateInWords } from './gate.ts';
import { listed } from './listed.ts';
import { ruleInWords } from './rule.ts';

/** Who decides in an automation, when, and about whose data. */
export function automationRows(automation: AutomationLock): Row[] {
  const { purpose, supervisedBy, subjects, records, gates, rules, steps, course } = automation;
  const external = Object.entries(steps).filter(([, step]) => step.supervisedBy !== undefined);

  return [
    ['purpose', purpose],
    ...Object.entries(gates).map(([name, gate]): Row => ['gate', `${name}: ${gateInWords(gate)}`]),
    ...external.map(([name, step]): Row => ['external', `${name}: ${stepInWords(step)}`]),
    ['supervised', `by ${supervisedBy}, where no gate covers an external step`],
    ...Object.entries(rules).map(([name, rule]): Row => ['rule', `${name}: ${ruleInWords(rule)}`]),
    [
      'subjects',
      Object.entries(subjects)
        .map(([subject, field]) => `${subject}, known by ${field}`)
        .join('; ') || 'none',
    ],
    ['fields', dataInWords(automation)],
    ...Object.entries(records).map(
      ([name, record]): Row => [
        'records',
        `${name}${record.of === undefined ? '' : ` of ${record.of}`}: ${dataInWords(record)}${balancesInWords(record)}`,
      ],
    ),
    ['course', course.join('; ')],
  ];
}

/** The fields that runs draw down, and by how much more than they say. */
function balancesInWords({ balances }: RecordLock): string {
  const said = Object.entries(balances).map(
    ([field, tolerance]) => `${field} (tolerance ${tolerance} per mille)`,
  );
  return said.length === 0 ? '' : `; drawn down: ${said.join(', ')}`;
}

function stepInWords({ onlyIf, supervisedBy = [] }: StepLock): string {
  const condition = onlyIf.length === 0 ? 'on every way' : `only if ${listed(onlyIf, 'and')}`;
  return `${condition}; while the rollout is supervised, decided by ${listed(supervisedBy, 'or')}`;
}

/**
 * Fields by class and, where they are sealed, by whom they are about, the most closely held first.
 */
function dataInWords({ fields, whose }: DataLock): string {
  const kinds = Map.groupBy(Object.keys(fields), (field) => {
    const about = whose[field];
    return `${fields[field]}${about === undefined ? '' : ` of ${about}`}`;
  });
  const rank = ([field = '']: readonly string[]) => DATA_CLASSES.indexOf(fields[field] ?? 'public');
  const sorted = [...kinds].sort(([, one], [, other]) => rank(other) - rank(one));
  return sorted.map(([kind, of]) => `${kind}: ${of.join(', ')}`).join('; ') || 'none';
}
