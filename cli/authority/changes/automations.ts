import type { AutomationLock, RecordLock } from '#infra/lock/automation-lock.ts';
import type { AuthorityLock } from '#infra/lock/lock.ts';
import { readersOf } from '#infra/lock/readers.ts';
import { gateInWords } from '../words/gate.ts';
import { type Change, type Direction, type Part, pairs, type Weight } from './change.ts';
import { courseChanges } from './course.ts';
import { dataChanges } from './data.ts';
import { gateChanges } from './gates.ts';
import { ruleChanges } from './rules.ts';
import { stepChanges } from './steps.ts';

/**
 * What has changed of who decides, and when.
 *
 * @param ofFunctions - What has changed of functions, so that nothing is said twice, and nothing
 *   is taken for unsaid.
 */
export function automationChanges(
  before: AuthorityLock,
  after: AuthorityLock,
  ofFunctions: readonly Change[],
): Change[] {
  return pairs(before.automations, after.automations).flatMap(({ name, was, is }) => {
    const about = (part: Part): Change => ({ about: name, ...part });
    if (was === undefined)
      return is === undefined
        ? []
        : [about(part('wider', 'decision', ` is a new automation: ${inShort(is)}`))];
    if (is === undefined)
      return [about(part('narrower', 'decision', ` is no automation any more: ${inShort(was)}`))];

    const steps = stepChanges(was, is).flatMap(({ step, parts }) => {
      const fn = `${name}.${step}`;
      const cameOrWent =
        (before.functions[fn] === undefined) !== (after.functions[fn] === undefined);
      return cameOrWent ? [] : parts.map((each): Change => ({ about: fn, ...each }));
    });

    const readers = (dataClass: Parameters<typeof readersOf>[2]) => ({
      before: readersOf(before, name, dataClass),
      after: readersOf(after, name, dataClass),
    });

    const told = [
      ...gateChanges(was, is).map(about),
      ...steps,
      ...[
        ...supervisionChanges(was, is),
        ...ruleChanges(was, is),
        ...(was.purpose === is.purpose
          ? []
          : [part('wider', 'rest', `: its purpose is "${is.purpose}" now, was "${was.purpose}"`)]),
        ...subjectChanges(was, is),
        ...dataChanges(was, is, 'field', readers),
        ...recordChanges(was, is),
        ...courseChanges(was, is),
      ].map(about),
    ];

    const why =
      told.length > 0 || ofFunctions.some((change) => change.about.startsWith(`${name}.`));

    return [
      ...told,
      ...[...versionChanges(was, is), ...(why ? [] : untoldChanges(was, is))].map(about),
    ];
  });
}

const part = (direction: Direction, weight: Weight, says: string): Part => ({
  direction,
  weight,
  says,
});

function supervisionChanges(
  { supervisedBy: was }: AutomationLock,
  { supervisedBy: is }: AutomationLock,
): Part[] {
  const who = `an external step that no gate covers may now be decided by ${is}, no longer by ${was}`;
  return was === is ? [] : [part('wider', 'decision', `: while the rollout is supervised, ${who}`)];
}

/** Whom data is about decides what is erased with them. */
function subjectChanges(
  { subjects: before }: AutomationLock,
  { subjects: after }: AutomationLock,
): Part[] {
  return pairs(before, after).flatMap(({ name, was, is }) => {
    if (was === is) return [];
    if (was === undefined) return [part('wider', 'field', `: new subject ${name}, known by ${is}`)];
    if (is === undefined)
      return [part('wider', 'field', `: subject ${name} is gone, known by ${was}`)];
    return [part('wider', 'field', `: subject ${name} is known by ${is} now, was known by ${was}`)];
  });
}

function recordChanges(
  { records: before }: AutomationLock,
  { records: after }: AutomationLock,
): Part[] {
  return pairs(before, after).flatMap(({ name, was, is }) => {
    const holds = Object.keys((is ?? was)?.fields ?? {}).join(', ') || 'no fields';
    if (was === undefined)
      return [part('wider', 'field', `: new records of ${name}, with ${holds}`)];
    if (is === undefined)
      return [part('narrower', 'field', `: records of ${name} are gone, with ${holds}`)];

    const about = `: records of ${name} are about ${is.of ?? 'nobody'} now, were about ${was.of ?? 'nobody'}`;

    return [
      ...(was.of === is.of ? [] : [part('wider', 'field', about)]),
      ...balanceChanges(name, was, is),
      ...dataChanges(was, is, `in records of ${name}, field`),
    ];
  });
}

/** A balance bounds what runs may draw: without it, or with more tolerance, they may draw more. */
function balanceChanges(
  name: string,
  { balances: before }: RecordLock,
  { balances: after }: RecordLock,
): Part[] {
  return pairs(before, after).flatMap(({ name: field, was, is }) => {
    const balance = `: in records of ${name}, balance ${field}`;
    if (was === is) return [];
    if (was === undefined)
      return [
        part(
          'narrower',
          'field',
          `${balance} limits what runs draw, with a tolerance of ${is} per mille`,
        ),
      ];
    if (is === undefined)
      return [part('wider', 'field', `${balance} no longer limits what runs draw`)];

    return [
      part(
        is > was ? 'wider' : 'narrower',
        'field',
        `${balance} has a tolerance of ${is} per mille now, had ${was}`,
      ),
    ];
  });
}

/** A version that was counted up widens nothing by itself. */
function versionChanges({ version: was }: AutomationLock, { version: is }: AutomationLock): Part[] {
  return was === is
    ? []
    : [
        part(
          is > was ? 'same' : 'wider',
          'rest',
          ` is of version ${is} now, was of version ${was}`,
        ),
      ];
}

/** A definition that is another, and nothing that was said is the reason. */
function untoldChanges(before: AutomationLock, after: AutomationLock): Part[] {
  if (before.definition === after.definition) return [];

  const but =
    before.version === after.version ? 'no other line tells' : 'no line but its version tells';

  return [
    part(
      'wider',
      'rest',
      `: its definition changed in a way that ${but}: read the change of its sources`,
    ),
  ];
}

/** What a review has to know of an automation that comes or goes. */
function inShort({ version, purpose, gates }: AutomationLock): string {
  const decided = Object.entries(gates).map(([name, gate]) => `gate ${name}: ${gateInWords(gate)}`);
  return [
    `version ${version}, to ${purpose}`,
    ...(decided.length === 0 ? ['no gate'] : decided),
  ].join('; ');
}
