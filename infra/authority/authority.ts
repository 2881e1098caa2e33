import type { Setting } from '#functions/wiring/settings.ts';
import {
  afterIntake,
  afterStep,
  canBeLeftOut,
  type Field,
  type Flow,
  type Node,
  SUPERVISE,
} from '#shared/automation/index.ts';
import { workspaceKeyTarget } from '#shared/crypto/index.ts';
import { reservingSteps, target } from '#shared/engine/index.ts';
import {
  DATA_CLASSES,
  type DataClass,
  isSealedClass,
  type SealedClass,
} from '#shared/kernel/index.ts';
import { DUE, LIST, SWEEP } from '#shared/ledger/tables.ts';
import type { Vendor } from '#shared/vendors/index.ts';
import type { Arns } from '../naming/arns.ts';
import type { FunctionName } from '../naming/names.ts';
import {
  appendEntries,
  calls,
  check,
  dataClasses,
  directory,
  insert,
  mark,
  noPeople,
  queryIndex,
  read,
  readSecrets,
  receive,
  remove,
  replace,
  type Statement,
  send,
  unlessEmpty,
  unwrap,
  writeLogLines,
} from './statements.ts';

/**
 * Complete permissions of one function, derived from the declaration. To grant more, declare more.
 */
export interface FunctionAuthority {
  readonly name: FunctionName;
  /** True if the function writes to the trail, which requires a role under the writers' path. */
  readonly writer: boolean;
  /**
   * True if the function runs in the isolated network, where it can reach only the environment's
   * own resources. Has no effect if egress is open.
   */
  readonly isolated: boolean;
  /** Functions to whose queues the function sends, including itself if it requeues messages. */
  readonly sendsTo: readonly FunctionName[];
  readonly statements: readonly Statement[];
  /** Settings that the function needs in addition to those of its services. */
  readonly settings?: readonly Setting[];
}

/** Purposes of workspace secrets that derive run ids and subject tokens. */
const PURPOSES = ['run-id', 'token'] as const;

type StepNode = Extract<Node, { kind: 'step' }>;

/** Derives the authority of every function of an automation, in the order of the build. */
export function authoritiesOf(flow: Flow, arns: Arns): FunctionAuthority[] {
  return [
    ...[...flow.steps.values()].map((node) => ofStep(flow, node, arns)),
    ofIntake(flow, arns),
    ofDead(flow, arns),
    ...ofSchedules(flow, arns),
  ];
}

/**
 * Derives the authority of a vendor function, which includes the vendor's secret but no table, key
 * or queue.
 */
export function authorityOfVendor(vendor: Vendor, arns: Arns): FunctionAuthority {
  const name = `vendor.${vendor.name}`;
  return {
    name,
    writer: false,
    isolated: false,
    sendsTo: [],
    statements: [...readSecrets([arns.secret(name, vendor.secret)]), writeLogLines(arns, name)],
  };
}

function ofStep(flow: Flow, { step }: StepNode, arns: Arns): FunctionAuthority {
  const { reads, writes, lookups, registers, reserves, draws, secrets, vendors, effect } =
    step.authority;
  const name = `${flow.name}.${step.name}`;
  const external = effect === 'external';
  const next = afterStep(flow, step.name);
  const key = keysOf(flow, arns);
  const [seen, written] = [classesOf(flow.fields, reads), classesOf(flow.fields, writes)];
  const looked = lookups.flatMap((collection) =>
    Object.values(flow.records[collection]?.fields ?? {}).map((field) => field.class),
  );
  const opened = inOrder([...seen, ...written, ...looked]).filter(isSealedClass);
  // documents of the inputs, and the subject keys that sealed them, exist from the start
  const there = classesFromTheStart(flow);
  const added = written.filter((dataClass) => !there.has(dataClass));
  // an external step also seals its claim under every class that it reads
  const minted = inOrder([...written, ...(external ? seen : [])])
    .filter(isSealedClass)
    .filter((dataClass) => !there.has(dataClass));
  const loaded = inOrder([...clearClasses(flow), ...seen, ...written]);
  const claim = external ? [key.claim(step.name)] : [];
  const onlyEntered = registers.filter((collection) => !lookups.includes(collection));
  const decisions = external ? [key.decision] : [];
  const shown = external ? [key.gate('*')] : [];
  const parts = external ? [key.participant] : [];
  const reserved = reservingSteps(flow, draws).map(key.reservation);
  // a reservation is read together with its balance, which requires one statement for both
  const lookedUp = lookups.filter((collection) => !reserves.includes(collection));
  const balances = (collections: readonly string[]) => collections.map(key.balance);
  const opens = [...(external ? [SUPERVISE + step.name] : []), ...next.gates];
  // its own queue, to retry later
  const sendsTo = [name, ...[...next.steps].map((other) => `${flow.name}.${other}`)];

  return {
    name,
    writer: true,
    isolated: true,
    sendsTo,
    statements: [
      receive([arns.queue(name)]),
      ...send(arns, sendsTo),
      read('ReadRun', arns.state, [
        key.run,
        key.control,
        ...loaded.map(key.fields),
        ...reserved,
        ...claim,
        ...decisions,
        ...shown,
        ...parts,
      ]),
      ...unlessEmpty(lookedUp, () => [read('LookUpRecords', arns.state, lookedUp.map(key.record))]),
      ...unlessEmpty(onlyEntered, () => [
        read('ReadRegisters', arns.state, onlyEntered.map(key.record)),
      ]),
      ...unlessEmpty(reserves, () => [
        read('ReadBalances', arns.state, [...reserves.map(key.record), ...balances(reserves)]),
        check('RelyOnRecords', arns.state, reserves.map(key.record)),
        insert('Reserve', arns.state, [...balances(reserves), key.reservation(step.name)]),
        replace('ReserveMore', arns.state, balances(reserves)),
      ]),
      ...unlessEmpty(draws, () => [
        read('ReadBalancesDrawn', arns.state, balances(draws)),
        replace('DrawReservations', arns.state, [...reserved, ...balances(draws)]),
      ]),
      replace('AdvanceRun', arns.state, [key.run], [SWEEP.sort]),
      ...unlessEmpty([...written, ...claim], () => [
        replace('ReplaceDocuments', arns.state, [...written.map(key.fields), ...claim]),
      ]),
      ...unlessEmpty([...added, ...claim, ...registers], () => [
        insert('InsertDocuments', arns.state, [
          ...added.map(key.fields),
          ...claim,
          ...registers.map(key.record),
        ]),
      ]),
      ...openGates(arns, key, opens),
      ...unlessEmpty(decisions, () => [check('RelyOnDecisions', arns.state, decisions)]),
      appendEntries(arns, name),
      ...dataClasses(arns, opened, minted),
      ...unlessEmpty(opened, () => noPeople(arns)),
      ...calls(
        arns,
        vendors.map((vendor) => `vendor.${vendor}`),
      ),
      ...readSecrets(secrets.map((secret) => arns.secret(name, secret))),
      writeLogLines(arns, name),
    ],
  };
}

/**
 * Derives the authority of an intake. The intake starts runs with every class and subject of the
 * input, and continues runs after gates.
 */
function ofIntake(flow: Flow, arns: Arns): FunctionAuthority {
  const name = `${flow.name}.intake`;
  const key = keysOf(flow, arns);
  const steps = stepNames(flow); // it may have to resend a lost message to any step
  const given = classesOf(flow.fields, flow.inputs);
  // keys of a new subject are created for every class of the automation at once
  const sealed = classesOf(flow.fields, Object.keys(flow.fields)).filter(isSealedClass);
  const loaded = inOrder([...clearClasses(flow), ...given]);
  const gated =
    flow.gates.size > 0 ||
    [...flow.steps.values()].some(({ step }) => step.authority.effect === 'external');
  const reserved =
    reservingSteps(flow).length === 0 ? [] : [key.reservation('*'), key.balance('*')];
  const whenGated = (statements: () => Statement[]) => (gated ? statements() : []);

  return {
    name,
    writer: true,
    isolated: true,
    sendsTo: steps,
    statements: [
      receive([arns.queue(name)]),
      ...send(arns, steps),
      read('ReadRun', arns.state, [
        key.run,
        key.control,
        ...loaded.map(key.fields),
        ...(gated ? [key.gate('*'), key.timer('*'), key.decision, ...reserved] : []),
      ]),
      insert(
        'StartRun',
        arns.state,
        [key.run],
        [LIST.partition, LIST.sort, SWEEP.partition, SWEEP.sort],
      ),
      ...unlessEmpty(given, () => [insert('InsertDocuments', arns.state, given.map(key.fields))]),
      ...openGates(arns, key, [...afterIntake(flow).gates]),
      ...whenGated(() => [
        replace('AdvanceRun', arns.state, [key.run], [SWEEP.sort]),
        remove('RemoveTimers', arns.state, [key.timer('*')]),
        mark('UnmarkDecisions', arns.state, [key.decision], SWEEP.sort),
        ...unlessEmpty(reserved, () => [replace('ReleaseReservations', arns.state, reserved)]),
      ]),
      appendEntries(arns, name),
      unwrap('UnwrapSecrets', arns, { kind: 'purpose', values: PURPOSES }),
      read(
        'ReadSecretRows',
        arns.keys,
        PURPOSES.map((purpose) => workspaceKeyTarget({ workspace: arns.workspace, purpose })),
      ),
      ...directory(arns, Object.keys(flow.subjects)),
      ...dataClasses(arns, sealed, sealed),
      ...noPeople(arns),
      writeLogLines(arns, name),
    ],
  };
}

/**
 * Derives the authority of the dead-letter consumer. The consumer parks runs whose messages could
 * not be delivered. It cannot open sealed values or send messages.
 */
function ofDead(flow: Flow, arns: Arns): FunctionAuthority {
  const name = `${flow.name}.dead`;
  const key = keysOf(flow, arns);

  return {
    name,
    writer: true,
    isolated: true,
    sendsTo: [],
    statements: [
      receive(deadLettersOf(flow).map(arns.deadLetters)),
      read('ReadRun', arns.state, [key.run, key.control, ...clearClasses(flow).map(key.fields)]),
      replace('AdvanceRun', arns.state, [key.run], [SWEEP.sort]),
      appendEntries(arns, name),
      writeLogLines(arns, name),
    ],
  };
}

/**
 * Derives the authority of the sweeper and the timers. Both find documents by index and send
 * messages, but cannot change documents.
 */
function ofSchedules(flow: Flow, arns: Arns): FunctionAuthority[] {
  const intake = `${flow.name}.intake`;

  const scheduled = (
    kind: string,
    by: typeof SWEEP | typeof DUE,
    sendsTo: readonly FunctionName[],
  ): FunctionAuthority => {
    const name = `${flow.name}.${kind}`;
    const found = queryIndex('FindDocuments', arns.index(by.index), [
      `${by.partition}#${flow.name}#*`,
    ]);

    return {
      name,
      writer: false,
      isolated: true,
      sendsTo,
      statements: [found, ...send(arns, sendsTo), writeLogLines(arns, name)],
    };
  };

  return [
    scheduled('sweeper', SWEEP, [...stepNames(flow), intake]),
    scheduled('timers', DUE, [intake]),
  ];
}

function openGates(
  arns: Arns,
  key: ReturnType<typeof keysOf>,
  gates: readonly string[],
): Statement[] {
  const documents = gates.flatMap((gate) => [key.gate(gate), key.timer(gate)]);
  return unlessEmpty(gates, () => [
    insert('OpenGates', arns.state, documents, [
      LIST.partition,
      LIST.sort,
      DUE.partition,
      DUE.sort,
    ]),
  ]);
}

/**
 * Returns the key patterns of an automation's documents in every workspace. The functions that
 * create the keys also create the patterns.
 */
function keysOf({ name: automation }: Flow, { workspace }: Arns) {
  const any = { automation, workspace, run: '*' };
  return {
    run: target.run(any),
    control: target.control(any),
    fields: (dataClass: DataClass) => target.fields(any, dataClass),
    /**
     * Claim of one step. If a different step could write the claim, it could cause a second effect.
     */
    claim: (step: string) => target.claim(any, step),
    gate: (gate: string) => target.gate(any, gate),
    timer: (gate: string) => target.timer(any, gate),
    decision: target.decision(any, '*'),
    participant: target.participant(any, '*'),
    record: (collection: string) => target.record(any, collection, '*'),
    balance: (collection: string) => target.balance(any, collection, '*'),
    /** Reservations of one step. Other steps may not create them. */
    reservation: (step: string) => target.reservation(any, step),
  };
}

/** Returns the functions of an automation whose queues have a dead-letter queue. */
const deadLettersOf = (flow: Flow) => [`${flow.name}.intake`, ...stepNames(flow)];

const stepNames = (flow: Flow) => [...flow.steps.keys()].map((step) => `${flow.name}.${step}`);

function classesOf(fields: Flow['fields'], names: readonly string[]): DataClass[] {
  return inOrder(names.map((name) => fields[name]?.class ?? 'confidential'));
}

/**
 * Returns the classes of which every run has values from its start. For such a class, each subject
 * with fields of the class (or the run, for data without a subject) has a required input.
 */
function classesFromTheStart({ fields, inputs }: Flow): Set<DataClass> {
  const brought = new Set(
    inputs
      .flatMap((name) => fields[name] ?? [])
      .filter((field) => !canBeLeftOut(field))
      .map(ownerOf),
  );

  const missing = new Set(
    Object.values(fields)
      .filter((field) => !brought.has(ownerOf(field)))
      .map((field) => field.class),
  );

  return new Set(
    Object.values(fields)
      .map((field) => field.class)
      .filter((dataClass) => !missing.has(dataClass)),
  );
}

const ownerOf = (field: Field) => `${field.class} of ${field.of}`;

/**
 * Returns the classes that every function of an automation sees, because any function may have to
 * evaluate the rules.
 */
function clearClasses(flow: Flow): Exclude<DataClass, SealedClass>[] {
  return Object.values(flow.fields).some((field) => field.class === 'public')
    ? ['public', 'internal']
    : ['internal'];
}

/** Removes duplicates and sorts, so that a declaration always results in the same policy. */
function inOrder(classes: readonly DataClass[]): DataClass[] {
  return DATA_CLASSES.filter((dataClass) => classes.includes(dataClass));
}
