import { safeParse } from 'zod/v4/core';
import { assertName, isSealedClass, isVisible, isWritError, SECOND } from '#shared/kernel/index.ts';
import { MESSAGE_MAX_SUBJECTS } from '#shared/ledger/index.ts';
import { deciderProblem, roleProblem } from './check-decider.ts';
import { DeclarationError } from './errors.ts';
import type { Field } from './fields.ts';
import type { Flow } from './finished-flow.ts';
import {
  everyNode,
  GATE_EXPIRY_MAX_MS,
  type Node,
  PATIENCE_MAX_MS,
  RETRY_PAUSE_MAX_MS,
  TIMEOUT_MAX_MS,
} from './flow.ts';
import { pathFacts } from './graph/path-facts.ts';
import type { Records } from './records.ts';
import { factsIn, type Rule } from './rule.ts';
import { SUPERVISE, supervisionShows } from './supervision.ts';

type Undigested = Omit<Flow, 'definition'>;

const FIELD_NAME = /^[a-z][A-Za-z0-9]{0,31}$/;

/** Names that an automation cannot have, because the platform uses them in the same places. */
const TAKEN = [
  // functions of the platform, whose names are part of the names of resources and permissions
  'automations',
  'gates',
  'health',
  'issuer',
  'people',
  'records',
  'runs',
  'trail',
  'workspaces',
  // prefixes of other functions and resources of the platform
  'api',
  'http',
  'log',
  'network',
  'platform',
  'vendor',
  // sections of dashboards, and `functions.json`, which is next to the folders of bundles
  'environment',
  'functions',
  'vendors',
];

/** Functions of every automation, in addition to the functions of its steps. */
const FUNCTIONS = ['intake', 'sweeper', 'timers', 'dead'];

/**
 * Checks that a declaration does not contradict itself. The compiler finds most contradictions.
 * This check also finds those that types cannot express, and code that bypasses the types.
 *
 * @throws {@link DeclarationError}
 */
export function checkDeclaration(flow: Undigested): void {
  const refuse = (message: string): never => {
    throw new DeclarationError(flow.name, message);
  };

  try {
    assertName('automation', flow.name);
    for (const subject of Object.keys(flow.subjects)) assertName('subject', subject);
    for (const collection of Object.keys(flow.records)) assertName('collection', collection);
  } catch (error) {
    refuse(isWritError(error) ? error.message : 'a name is invalid');
  }

  if (TAKEN.includes(flow.name))
    refuse(`the name "${flow.name}" is reserved; reserved are ${TAKEN.join(', ')}`);

  if (!Number.isSafeInteger(flow.version) || flow.version < 1)
    refuse(`version must be an integer from 1, got ${JSON.stringify(flow.version)}`);

  if (!isVisible(flow.purpose)) refuse('purpose must say why the data is processed');

  const { length: subjects } = Object.keys(flow.subjects);
  if (subjects > MESSAGE_MAX_SUBJECTS)
    // a message contains a reference to each subject
    refuse(`there are ${subjects} subjects; allowed are ${MESSAGE_MAX_SUBJECTS}`);

  for (const [subject, field] of Object.entries(flow.subjects)) {
    if (!flow.inputs.includes(field))
      refuse(`subject ${subject} is known by "${field}"; allowed are fields that no step writes`);
  }

  checkFields(flow.fields, Object.keys(flow.subjects), refuse);

  for (const [name, { of, fields, balances }] of Object.entries(flow.records)) {
    checkFields(fields, of === undefined ? [] : [of], (message) =>
      refuse(`record ${name}: ${message}`),
    );
    checkBalances(name, fields, balances, refuse);

    if (of === undefined) continue;

    if (!Object.hasOwn(flow.subjects, of))
      refuse(`record ${name} is of subject "${of}", which is not declared`);

    const knownBy = flow.fields[flow.subjects[of] ?? ''];
    // a record's id is part of its key, and keys are not sealed
    if (knownBy === undefined || isSealedClass(knownBy.class))
      refuse(
        `record ${name} is of subject ${of}, which is known by a sealed field; allowed are public and internal ones`,
      );
  }

  checkNodes(flow, refuse);
  checkDeciders(flow, refuse);
  checkOrder(flow, refuse);
  checkUse(flow, refuse);
  checkReservations(flow, refuse);
}

type Refuse = (message: string) => never;

function checkFields(
  fields: Readonly<Record<string, Field>>,
  subjects: readonly string[],
  refuse: Refuse,
): void {
  for (const [name, field] of Object.entries(fields)) {
    if (!FIELD_NAME.test(name) || name in Object.prototype || name === 'then' || name === 'toJSON')
      refuse(
        `field "${name}" must be a lower-case letter followed by up to 31 letters or digits, and no property of every object`,
      );

    if (isSealedClass(field.class) && (field.of === undefined || !subjects.includes(field.of))) {
      refuse(
        `field ${name} is ${field.class} data of "${field.of}"; allowed are ${subjects.join(', ') || 'no subjects'}`,
      );
    }
  }
}

function checkNodes(flow: Undigested, refuse: Refuse): void {
  const names = new Map<string, string>();

  const once = (kind: string, name: string) => {
    if (names.has(name))
      refuse(`${kind} ${name} is used twice; each step, gate and when of a flow has a unique name`);
    names.set(name, kind);
  };

  let stages = 0;

  for (const node of everyNode(flow.nodes)) {
    switch (node.kind) {
      case 'stage':
        stages++;
        break;
      case 'step':
        once('step', node.step.name);
        checkStep(flow, node, refuse);
        break;
      case 'gate':
        once('gate', node.gate.name);

        if (typeof node.gate.decidedBy?.role !== 'string')
          refuse(
            `gate ${node.gate.name} must name a role; write decidedBy: role('Compliance Officer')`,
          );

        for (const rule of node.gate.when) checkRule(flow, rule, refuse);

        for (const field of node.gate.shows)
          checkClear(flow, `gate ${node.gate.name} shows`, field, refuse);

        if (!(node.gate.expiresMs >= SECOND && node.gate.expiresMs <= GATE_EXPIRY_MAX_MS))
          refuse(
            `gate ${node.gate.name} expires after ${node.gate.expiresMs} ms; allowed are 1 second to 365 days; write days(3)`,
          );

        break;
      case 'when':
        once('when', node.name);
        checkRule(flow, node.rule, refuse);
        break;
    }
  }

  if (flow.steps.size === 0) refuse('the flow has no step; at least one is required');

  if (flow.nodes[0]?.kind !== 'stage' || stages === 0) refuse('the flow must begin with a stage');
}

/**
 * Checks that a person can decide at every gate and read all values that it shows, including at the
 * gates that the engine opens before external steps.
 */
function checkDeciders(flow: Undigested, refuse: Refuse): void {
  const unheld = roleProblem(flow.supervisedBy.role);
  if (unheld !== undefined) refuse(`external effects are supervised by ${unheld}`);

  const supervising = [...flow.steps.values()]
    .filter(({ step }) => step.authority.effect === 'external')
    .map(({ step: { name } }) => ({
      name: SUPERVISE + name,
      // a supervising gate shows the rules of gates that the run passed
      when: [...flow.gates.values()].flatMap(({ when }) => when),
      decidedBy: flow.supervisedBy,
      shows: supervisionShows(flow, name),
    }));

  for (const gate of [...flow.gates.values(), ...supervising]) {
    const problem = deciderProblem(flow, gate);
    if (problem !== undefined) refuse(problem);
  }
}

function checkStep(
  flow: Undigested,
  { step, retry, timeoutMs }: Extract<Node, { kind: 'step' }>,
  refuse: Refuse,
): void {
  const { authority, name } = step;
  for (const field of [...authority.reads, ...authority.writes])
    if (!Object.hasOwn(flow.fields, field))
      refuse(`step ${name} names field "${field}", which is not declared`);

  for (const record of [
    ...authority.lookups,
    ...authority.registers,
    ...authority.reserves,
    ...authority.draws,
  ])
    if (!Object.hasOwn(flow.records, record))
      refuse(`step ${name} names records "${record}", which are not declared`);

  if (FUNCTIONS.includes(name))
    refuse(`step ${name} has a reserved name; reserved are ${FUNCTIONS.join(', ')}`);

  if (authority.effect === 'external') {
    if (authority.vendors.length !== 1)
      refuse(
        `step ${name} is external and must declare exactly one vendor, got ${authority.vendors.length}`,
      );

    if (step.pretend === undefined)
      refuse(`step ${name} is external and must declare what it pretends in shadow`);
  } else if (authority.vendors.length > 0)
    refuse(`step ${name} calls a vendor, so its effect must be external, got ${authority.effect}`);

  if (!(Number.isSafeInteger(retry.attempts) && retry.attempts >= 1 && retry.attempts <= 20))
    refuse(`step ${name} has ${retry.attempts} attempts; allowed are 1 to 20`);

  if (!(retry.baseMs > 0 && retry.baseMs <= retry.capMs && retry.capMs <= RETRY_PAUSE_MAX_MS))
    refuse(
      `step ${name} pauses ${retry.baseMs} to ${retry.capMs} ms; allowed are more than 0 and up to 15 minutes`,
    );

  const { patienceMs = 0 } = retry;
  if (!(Number.isSafeInteger(patienceMs) && patienceMs >= 0 && patienceMs <= PATIENCE_MAX_MS))
    refuse(`step ${name} has a patience of ${patienceMs} ms; allowed are 0 to 30 days`);

  if (!(timeoutMs > 0 && timeoutMs <= TIMEOUT_MAX_MS))
    refuse(`step ${name} has a timeout of ${timeoutMs} ms; allowed are up to 15 minutes`);
}

function checkBalances(
  name: string,
  fields: Records['fields'],
  balances: Records['balances'],
  refuse: Refuse,
): void {
  for (const [field, { tolerancePerMille }] of Object.entries(balances)) {
    const declared = fields[field];
    if (declared === undefined)
      refuse(`record ${name} has balance "${field}", which is not one of its fields`);
    else if (isSealedClass(declared.class))
      refuse(
        `record ${name} has balance ${field}, which is ${declared.class}; allowed are public and internal fields`,
      );
    else if (!takesOnlyIntegers(declared))
      refuse(`record ${name} has balance ${field}, which must be a whole number: z.int()`);

    if (
      !(
        Number.isSafeInteger(tolerancePerMille) &&
        tolerancePerMille >= 0 &&
        tolerancePerMille <= 1_000
      )
    )
      refuse(
        `record ${name} has balance ${field} with a tolerance of ${tolerancePerMille}; allowed are 0 to 1000 per mille`,
      );
  }
}

/** Tests whether a schema accepts only integers, because other values cannot be drawn down. */
function takesOnlyIntegers({ schema }: Field): boolean {
  const takes = (value: unknown) => safeParse(schema, value).success;
  return [0, 1, 1_000, 1_000_000].some(takes) && ![0.5, 1_000.5, '1'].some(takes);
}

/**
 * Checks that every reserved collection is drawn by a later step, and every drawn collection is
 * reserved by an earlier step.
 */
function checkReservations(flow: Undigested, refuse: Refuse): void {
  const steps = [...flow.steps.values()].map(({ step }) => step);

  for (const [i, { name, authority }] of steps.entries()) {
    if (authority.effect === 'none' && authority.reserves.length + authority.draws.length > 0)
      refuse(
        `step ${name} reserves or draws records, so its effect must be internal or external, got none`,
      );

    for (const record of [...authority.reserves, ...authority.draws])
      if (Object.keys(flow.records[record]?.balances ?? {}).length === 0)
        refuse(`step ${name} reserves or draws records "${record}", which have no balances`);

    for (const record of authority.reserves)
      if (!steps.slice(i + 1).some((later) => later.authority.draws.includes(record)))
        refuse(`step ${name} reserves records "${record}", and no later step draws them`);

    for (const record of authority.draws)
      if (!steps.slice(0, i).some((earlier) => earlier.authority.reserves.includes(record)))
        refuse(`step ${name} draws records "${record}", and no earlier step reserves them`);
  }
}

/**
 * Maximum number of items and of characters of a list setting. They are limited because every entry
 * of the rule repeats the setting.
 */
const [LIST_MAX, LIST_WORDS_MAX] = [100, 1_000];

function checkRule(flow: Undigested, rule: Rule, refuse: Refuse): void {
  for (const field of rule.reads) checkClear(flow, `rule ${rule.name} reads`, field, refuse);

  if (!isVisible(rule.says)) refuse(`rule ${rule.name} must say in a sentence what it found`);

  const known = new Set([...rule.reads, ...Object.keys(rule.settings)]);
  const unknown = factsIn(rule.says).find((fact) => !known.has(fact));

  if (unknown !== undefined)
    refuse(`rule ${rule.name} says {${unknown}}, which is neither a field it reads nor a setting`);

  for (const [name, setting] of Object.entries(rule.settings))
    checkSetting(rule, name, setting, refuse);
}

function checkSetting(
  { name: rule, says }: Rule,
  name: string,
  setting: unknown,
  refuse: Refuse,
): void {
  const items = Array.isArray(setting) ? setting : [setting];
  const isFact = (item: unknown) =>
    typeof item === 'string' || typeof item === 'boolean' || Number.isSafeInteger(item);

  if (!items.every((item) => isFact(item) || (item === null && items !== setting)))
    refuse(
      `rule ${rule} has setting ${name} of another type; allowed are text, integers, true and false`,
    );

  if (items !== setting) return;

  if (items.length > LIST_MAX || items.join(', ').length > LIST_WORDS_MAX)
    refuse(
      `rule ${rule} has setting ${name} with ${items.length} items; allowed are ${LIST_MAX}, and ${LIST_WORDS_MAX} characters in all`,
    );

  if (says.includes(`{${name}:money}`))
    refuse(`rule ${rule} says {${name}:money}, but ${name} is a list; allowed is {${name}}`);
}

function checkClear(flow: Undigested, who: string, field: string, refuse: Refuse): void {
  const declared = flow.fields[field];
  if (declared === undefined) refuse(`${who} field "${field}", which is not declared`);
  else if (isSealedClass(declared.class))
    refuse(`${who} field ${field}, which is ${declared.class}; allowed are public and internal`);
}

/** Checks that every field that a node reads is set on all paths to the node. */
function checkOrder({ graph, inputs }: Undigested, refuse: Refuse): void {
  for (const [{ node }, { fields }] of pathFacts(graph, inputs)) {
    for (const { reader, reads } of readersOf(node)) {
      const missing = reads.find((field) => !fields.has(field));
      if (missing !== undefined)
        refuse(`${reader} reads field ${missing} before a step has written it on every path`);
    }
  }
}

/** Returns the readers of fields at a node, in the order in which a run reaches them. */
function readersOf(node: Node): { readonly reader: string; readonly reads: readonly string[] }[] {
  switch (node.kind) {
    case 'stage':
      return [];
    case 'step':
      return [{ reader: `step ${node.step.name}`, reads: node.step.authority.reads }];
    case 'gate':
      return [
        ...node.gate.when.map(({ name, reads }) => ({ reader: `rule ${name}`, reads })),
        { reader: `gate ${node.gate.name}`, reads: node.gate.shows },
      ];
    case 'when':
      return [{ reader: `rule ${node.rule.name}`, reads: node.rule.reads }];
  }
}

/** Checks that every input is read, because a field without a reader must not be collected. */
function checkUse(flow: Undigested, refuse: Refuse): void {
  const used = new Set<string>(Object.values(flow.subjects));
  for (const node of everyNode(flow.nodes))
    for (const field of readersOf(node).flatMap(({ reads }) => reads)) used.add(field);

  const unused = flow.inputs.find((field) => !used.has(field));
  if (unused !== undefined) refuse(`field ${unused} is an input that nothing reads; remove it`);
}
