import type { Flow } from '#shared/automation/index.ts';
import type { DataClass } from '#shared/kernel/index.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import { authoritiesOfApi, ISSUER } from '../authority/api-authority.ts';
import {
  authoritiesOf,
  authorityOfVendor,
  type FunctionAuthority,
} from '../authority/authority.ts';
import { calls, FLOWS, recordFlows } from '../authority/statements.ts';
import type { Declared } from '../declarations/declared.ts';
import { arnsNowhere, NOWHERE } from '../naming/placeholders.ts';
import type { Fields } from './automation-lock.ts';
import { classesMinted, classesOpened } from './classes.ts';
import { declaredLock } from './declared-lock.ts';
import { everyRole } from './every-role.ts';
import { type AuthorityLock, FORMAT, type FunctionLock, lockedPolicies } from './lock.ts';
import { lockedStatement } from './locked-statement.ts';
import { resourcePolicies } from './resource-policies.ts';

/**
 * Derives the lock with the functions that the constructs use, so that the lock lists the
 * permissions of an actual deployment.
 */
export function authorityLock({ automations, vendors }: Declared): AuthorityLock {
  const arns = arnsNowhere(NOWHERE);

  const derived: (readonly [FunctionAuthority, DeclaredFacts])[] = [
    ...automations.flatMap((flow) =>
      authoritiesOf(flow, arns).map(
        (authority) => [authority, ofAutomation(flow, authority)] as const,
      ),
    ),
    ...vendors.map((vendor) => [authorityOfVendor(vendor, arns), ofVendor(vendor)] as const),
    ...authoritiesOfApi({ automations, arns, cdn: false }).map(
      (authority) => [authority, ofApi(authority)] as const,
    ),
  ];

  const authorities = derived.map(([authority]) => authority);

  const functions = Object.fromEntries(
    derived.map(([authority, facts]) => [
      authority.name,
      functionLock(authority, facts, authorities),
    ]),
  );

  const scheduled = Object.keys(functions).filter((name) =>
    SCHEDULED.has(functions[name]?.kind ?? ''),
  );

  return {
    format: FORMAT,
    automations: Object.fromEntries(automations.map((flow) => [flow.name, declaredLock(flow)])),
    functions,
    callers: lockedPolicies({
      ...Object.fromEntries(scheduled.map((name) => [name, calls(arns, [name])])),
      [FLOWS]: [recordFlows(arns)],
    }),
    everyRole: everyRole(),
    resources: resourcePolicies(functions, authorities),
  };
}

const SCHEDULED: ReadonlySet<string> = new Set(['sweeper', 'timers']);

function functionLock(
  { name, writer, isolated: inside, sendsTo, ...authority }: FunctionAuthority,
  facts: DeclaredFacts,
  authorities: readonly FunctionAuthority[],
): FunctionLock {
  const statements = authority.statements.map(lockedStatement);
  const receivesFrom = authorities
    .filter((other) => other.sendsTo.includes(name))
    .map((other) => other.name);

  return {
    ...facts,
    opens: classesOpened(statements),
    mints: classesMinted(statements),
    sendsTo,
    receivesFrom,
    role: arnsNowhere(NOWHERE).role(name, writer),
    inside,
    statements,
  };
}

/** Declared part of a function's lock; the rest is derived from its authority. */
type DeclaredFacts = Omit<
  FunctionLock,
  'opens' | 'mints' | 'sendsTo' | 'receivesFrom' | 'role' | 'inside' | 'statements'
>;

const NOTHING = {
  reads: {},
  writes: {},
  lookups: {},
  registers: [],
  reserves: [],
  draws: [],
  secrets: [],
  vendors: [],
  hosts: [],
};

function ofAutomation(flow: Flow, { name }: FunctionAuthority): DeclaredFacts {
  const part = name.slice(flow.name.length + 1);
  const classes = (fields: readonly string[]) =>
    Object.fromEntries(fields.map((field) => [field, classOf(flow, field)]));
  const step = flow.steps.get(part)?.step;
  // the intake writes the inputs. Other functions of the engine handle documents, not fields
  if (step === undefined)
    return { kind: part, ...NOTHING, writes: part === 'intake' ? classes(flow.inputs) : {} };

  const { reads, writes, lookups, registers, reserves, draws, secrets, vendors, effect } =
    step.authority;
  const records = lookups.map((collection) => [
    collection,
    fieldsOf(flow.records[collection]?.fields ?? {}),
  ]);

  const fields = {
    reads: classes(reads),
    writes: classes(writes),
    lookups: Object.fromEntries(records),
  };

  return {
    kind: 'step',
    effect,
    ...NOTHING,
    ...fields,
    registers,
    reserves,
    draws,
    secrets,
    vendors,
  };
}

const ofVendor = ({ secret, hosts }: Vendor): DeclaredFacts => ({
  kind: 'vendor',
  ...NOTHING,
  secrets: [secret],
  hosts,
});

/**
 * Returns the declared facts of an API function. They are empty, because the visible fields depend
 * on the person.
 */
const ofApi = ({ name }: FunctionAuthority): DeclaredFacts => ({
  kind: name === ISSUER ? 'issuer' : 'http',
  ...NOTHING,
});

const classOf = (flow: Flow, field: string): DataClass =>
  flow.fields[field]?.class ?? 'confidential';

const fieldsOf = (fields: Flow['fields']): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.class]));
