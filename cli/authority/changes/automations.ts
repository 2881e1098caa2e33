import type { AutomationLock, RecordLock } from '#infra/lock/automation-lock.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { readersOf } from '#infra/lock/readers.ts';
import { describeGate } from '../descriptions/gate.ts';
import { type Change, type ChangeDetail, detail, pairByName } from './change.ts';
import { dataChanges } from './data.ts';
import { flowOrderChanges } from './flow-order.ts';
import { gateChanges } from './gates.ts';
import { ruleChanges } from './rules.ts';
import { stepChanges } from './steps.ts';

/**
 * Lists the changes of automations. A definition that changed is reported separately if no listed
 * change explains it.
 *
 * @param ofFunctions - Changes that are already listed for functions. They are not repeated.
 */
export function automationChanges(
  before: AuthorityLock,
  after: AuthorityLock,
  ofFunctions: readonly Change[],
): Change[] {
  return pairByName(before.automations, after.automations).flatMap(({ name, was, is }) => {
    const ofAutomation = (change: ChangeDetail): Change => ({ about: name, ...change });
    if (was === undefined)
      return is === undefined
        ? []
        : [
            ofAutomation(
              detail('wider', 'decision', ` is a new automation: ${describeAutomation(is)}`),
            ),
          ];
    if (is === undefined)
      return [
        ofAutomation(
          detail('narrower', 'decision', ` is no longer an automation: ${describeAutomation(was)}`),
        ),
      ];

    const ofSteps = stepChanges(was, is).flatMap(({ step, changes }) => {
      const fn = `${name}.${step}`;
      // new and removed functions are already listed in the changes of functions
      const wasAddedOrRemoved =
        (before.functions[fn] === undefined) !== (after.functions[fn] === undefined);
      return wasAddedOrRemoved ? [] : changes.map((change): Change => ({ about: fn, ...change }));
    });

    const readers = (dataClass: Parameters<typeof readersOf>[2]) => ({
      before: readersOf(before, name, dataClass),
      after: readersOf(after, name, dataClass),
    });

    const changes = [
      ...gateChanges(was, is).map(ofAutomation),
      ...ofSteps,
      ...[
        ...supervisionChanges(was, is),
        ...ruleChanges(was, is),
        ...purposeChanges(was, is),
        ...subjectChanges(was, is),
        ...dataChanges(was, is, { noun: 'field', readers }),
        ...recordChanges(was, is),
        ...flowOrderChanges(was, is),
      ].map(ofAutomation),
    ];

    const isExplained =
      changes.length > 0 || ofFunctions.some((change) => change.about.startsWith(`${name}.`));

    changes.push(...versionChanges(was, is).map(ofAutomation));

    if (!isExplained) changes.push(...unexplainedChanges(was, is).map(ofAutomation));

    return changes;
  });
}

function purposeChanges(
  { purpose: was }: AutomationLock,
  { purpose: is }: AutomationLock,
): ChangeDetail[] {
  return was === is ? [] : [detail('wider', 'rest', `: its purpose is "${is}" now, was "${was}"`)];
}

function supervisionChanges(
  { supervisedBy: was }: AutomationLock,
  { supervisedBy: is }: AutomationLock,
): ChangeDetail[] {
  const change = `an external step that no gate covers may now be decided by ${is}, no longer by ${was}`;
  return was === is
    ? []
    : [detail('wider', 'decision', `: while the rollout is supervised, ${change}`)];
}

/** Lists the changes of subjects, which determine whose data is erased for a person or company. */
function subjectChanges(
  { subjects: before }: AutomationLock,
  { subjects: after }: AutomationLock,
): ChangeDetail[] {
  return pairByName(before, after).flatMap(({ name, was, is }) => {
    if (was === is) return [];
    if (was === undefined)
      return [detail('wider', 'field', `: new subject ${name}, known by ${is}`)];
    if (is === undefined)
      return [detail('wider', 'field', `: subject ${name} is gone, known by ${was}`)];
    return [
      detail('wider', 'field', `: subject ${name} is known by ${is} now, was known by ${was}`),
    ];
  });
}

function recordChanges(
  { records: before }: AutomationLock,
  { records: after }: AutomationLock,
): ChangeDetail[] {
  return pairByName(before, after).flatMap(({ name, was, is }) => {
    const holds = Object.keys((is ?? was)?.fields ?? {}).join(', ') || 'no fields';
    if (was === undefined)
      return [detail('wider', 'field', `: new records of ${name}, with ${holds}`)];
    if (is === undefined)
      return [detail('narrower', 'field', `: records of ${name} are gone, with ${holds}`)];

    const changes = [
      ...balanceChanges(name, was, is),
      ...dataChanges(was, is, { noun: `in records of ${name}, field` }),
    ];
    if (was.of === is.of) return changes;

    const [subject, before] = [is.of ?? 'no subject', was.of ?? 'no subject'];
    const sentence = `: records of ${name} are about ${subject} now, were about ${before}`;

    return [detail('wider', 'field', sentence), ...changes];
  });
}

/**
 * Lists the changes of balances. Without a balance, or with a higher tolerance, runs can draw more.
 */
function balanceChanges(
  name: string,
  { balances: before }: RecordLock,
  { balances: after }: RecordLock,
): ChangeDetail[] {
  return pairByName(before, after).flatMap(({ name: field, was, is }) => {
    const balance = `: in records of ${name}, balance ${field}`;
    if (was === is) return [];
    if (was === undefined)
      return [
        detail(
          'narrower',
          'field',
          `${balance} limits what runs draw, with a tolerance of ${is} per mille`,
        ),
      ];
    if (is === undefined)
      return [detail('wider', 'field', `${balance} no longer limits what runs draw`)];

    return [
      detail(
        is > was ? 'wider' : 'narrower',
        'field',
        `${balance} has a tolerance of ${is} per mille now, had ${was}`,
      ),
    ];
  });
}

/** Reports a changed version. A higher version does not widen authority by itself. */
function versionChanges(
  { version: was }: AutomationLock,
  { version: is }: AutomationLock,
): ChangeDetail[] {
  return was === is
    ? []
    : [
        detail(
          is > was ? 'same' : 'wider',
          'rest',
          ` is of version ${is} now, was of version ${was}`,
        ),
      ];
}

/** Reports a changed definition. Called only if no other change explains it. */
function unexplainedChanges(before: AutomationLock, after: AutomationLock): ChangeDetail[] {
  if (before.definition === after.definition) return [];

  const limit = before.version === after.version ? 'no other line shows' : 'only the version shows';

  return [
    detail(
      'wider',
      'rest',
      `: its definition changed in a way that ${limit}: read the change of its sources`,
    ),
  ];
}

/** Describes a new or removed automation for a review. */
function describeAutomation({ version, purpose, gates }: AutomationLock): string {
  const decisions = Object.entries(gates).map(
    ([name, gate]) => `gate ${name}: ${describeGate(gate)}`,
  );
  if (decisions.length === 0) decisions.push('no gate');

  return [`version ${version}, to ${purpose}`, ...decisions].join('; ');
}
