import { afterStep, type Flow } from '#shared/automation/index.ts';
import { subjectKeyTarget, workspaceKeyTarget } from '#shared/crypto/index.ts';
import { target } from '#shared/engine/index.ts';
import { directoryTarget } from '#shared/identity/person.ts';
import { isSealedClass, type SealedClass } from '#shared/kernel/index.ts';
import { STORED } from '#shared/ledger/tables.ts';
import {
  batchGetItem,
  type Caller,
  decrypt,
  executeTransaction,
  generateDataKey,
  getSecretValue,
  invokeFunction,
  onQueue,
  type Request,
  writeLogLines,
} from '../../iam/index.ts';
import { type Account, AUTOMATIONS, VENDORS } from './account.ts';

/**
 * What the declarations say of a function, read from them anew: proofs do not believe what they
 * prove.
 */
export interface Declared {
  readonly name: string;
  readonly automation: string | undefined;
  /** Whether it writes entries, and so moves runs on. */
  readonly writer: boolean;
  /** Whether messages wake it. */
  readonly queue: boolean;
  readonly external: boolean;
  readonly classes: readonly SealedClass[];
  readonly vendors: readonly string[];
  readonly secrets: readonly string[];
  /** Functions it may wake. */
  readonly wakes: readonly string[];
  /** Functions it may call besides, and wait for. */
  readonly calls: readonly string[];
  /** Whether it is a function of the API that asks who is there. */
  readonly group: boolean;
}

const NOTHING = {
  automation: undefined,
  writer: false,
  queue: false,
  external: false,
  classes: [],
  vendors: [],
  secrets: [],
  wakes: [],
  calls: [],
  group: false,
} satisfies Omit<Declared, 'name'>;
/** What the API is made of. */
const API = ['health', 'runs', 'gates', 'automations', 'trail', 'people', 'workspaces', 'issuer'];
const INTAKES = AUTOMATIONS.map(({ name }) => `${name}.intake`);

export const DECLARED: readonly Declared[] = [
  ...AUTOMATIONS.flatMap(declaredOf),
  ...VENDORS.map(({ name, secret }) => ofVendor(name, secret)),
  ...API.map(ofApi),
];

function declaredOf(flow: Flow): Declared[] {
  const steps = [...flow.steps.keys()].map((step) => `${flow.name}.${step}`);
  const nothing = { ...NOTHING, automation: flow.name, writer: true };
  const classes = (fields: readonly string[]) =>
    [...new Set(fields.map((field) => flow.fields[field]!.class))].filter(isSealedClass);

  return [
    ...[...flow.steps.values()].map(({ step: { name, authority } }) => ({
      ...nothing,
      name: `${flow.name}.${name}`,
      queue: true,
      external: authority.effect === 'external',
      classes: [
        ...new Set([
          ...classes([...authority.reads, ...authority.writes]),
          ...authority.lookups
            .flatMap((of) => Object.values(flow.records[of]!.fields).map((field) => field.class))
            .filter(isSealedClass),
        ]),
      ],
      vendors: authority.vendors,
      secrets: authority.secrets,
      wakes: [
        `${flow.name}.${name}`,
        ...[...afterStep(flow, name).steps].map((next) => `${flow.name}.${next}`),
      ],
    })),
    {
      ...nothing,
      name: `${flow.name}.intake`,
      queue: true,
      classes: classes(Object.keys(flow.fields)),
      wakes: steps,
    },
    { ...nothing, name: `${flow.name}.dead` },
    {
      ...nothing,
      name: `${flow.name}.sweeper`,
      writer: false,
      wakes: [...steps, `${flow.name}.intake`],
    },
    { ...nothing, name: `${flow.name}.timers`, writer: false, wakes: [`${flow.name}.intake`] },
  ];
}

function ofVendor(vendor: string, secret: string): Declared {
  return { ...NOTHING, name: `vendor.${vendor}`, secrets: [secret] };
}

function ofApi(name: string): Declared {
  const group = name !== 'health' && name !== 'issuer';
  return {
    ...NOTHING,
    name,
    group,
    writer: group,
    wakes: name === 'gates' ? INTAKES : [],
    calls: group ? ['issuer', ...(name === 'runs' ? INTAKES : [])] : [],
  };
}

/** Something of a function, and the calls by which somebody would lay hands on it. */
export interface Belonging {
  /** A letter for the matrix. */
  readonly sign: string;
  readonly calls: (caller: Caller) => Request[];
  /** Whether the declarations let another function do it, too. */
  readonly lent: (other: Declared) => boolean;
}

/** What the letters stand for. */
export const SIGNS = {
  m: 'take messages from its queue',
  g: 'take messages from its dead-letter queue',
  w: 'wake it: send to its queue',
  i: 'call it and wait',
  e: 'write entries under its name',
  r: 'move runs of its automation',
  c: 'write its claims',
  s: 'read its secret',
  d: 'open data of a class that it opens',
  l: 'write its log lines',
  f: 'read clear fields of runs of its automation',
  b: 'decide at gates of its automation',
  t: 'read the entries it writes',
  u: 'read who people are',
  p: 'change who people are',
  k: 'have keys of a workspace made',
} as const;

const WORKSPACE = 'acme';
const nobody = () => false;

/** Everything of a function. */
export function belongingsOf(owner: Declared, { arns }: Account): Belonging[] {
  const { name, automation = '', classes } = owner;
  const run = { automation, workspace: WORKSPACE, run: 'r1' };
  const write = (kind: 'Insert' | 'Update', table: string, key: string) => (caller: Caller) =>
    executeTransaction(caller, [{ kind, table, key, attributes: STORED }]);

  const when = (
    condition: boolean,
    sign: keyof typeof SIGNS,
    calls: Belonging['calls'],
    lent: Belonging['lent'] = nobody,
  ): Belonging[] => (condition ? [{ sign, calls, lent }] : []);

  return [
    ...when(owner.queue, 'm', (caller) => onQueue(caller, 'ReceiveMessage', arns.queue(name))),
    ...when(
      owner.queue,
      'g',
      (caller) => onQueue(caller, 'ReceiveMessage', arns.deadLetters(name)),
      ({ name }) => name === `${automation}.dead`,
    ),
    ...when(
      owner.queue,
      'w',
      (caller) => onQueue(caller, 'SendMessage', arns.queue(name)),
      ({ wakes }) => wakes.includes(name),
    ),
    ...when(
      true,
      'i',
      (caller) => invokeFunction(caller, arns.function(name)),
      ({ vendors, calls }) => vendors.includes(name.replace('vendor.', '')) || calls.includes(name),
    ),
    ...when(owner.writer, 'e', write('Insert', arns.trail, `${name}#i1`)),
    ...when(
      owner.writer && !owner.group,
      'r',
      write('Update', arns.state, target.run(run)),
      (other) => other.writer && other.automation === automation,
    ),
    ...when(
      owner.external,
      'c',
      write('Update', arns.state, target.claim(run, name.split('.')[1]!)),
    ),
    ...owner.secrets.flatMap((secret) =>
      when(true, 's', (caller) => getSecretValue(caller, arns.secret(name, secret))),
    ),
    ...classes.flatMap((dataClass) =>
      when(
        true,
        'd',
        (caller) => [
          ...decrypt(caller, arns.dataKey, { workspace: WORKSPACE, class: dataClass }),
          ...batchGetItem(caller, [
            {
              table: arns.keys,
              key: workspaceKeyTarget({ workspace: WORKSPACE, class: dataClass }),
            },
          ]),
          ...batchGetItem(caller, [
            { table: arns.keys, key: subjectKeyTarget(WORKSPACE, dataClass, 's1') },
          ]),
        ],
        (other) => other.classes.includes(dataClass),
      ),
    ),
    ...when(
      owner.name.endsWith('.intake'),
      'f',
      (caller) =>
        batchGetItem(caller, [{ table: arns.state, key: target.fields(run, 'internal') }]),
      (other) => (other.writer && other.automation === automation) || other.name === 'runs',
    ),
    ...when(
      owner.name.endsWith('.intake'),
      'b',
      (caller) => write('Insert', arns.state, target.decision(run, 'gate'))(caller),
      ({ name }) => name === 'gates',
    ),
    ...when(
      owner.writer,
      't',
      (caller) => batchGetItem(caller, [{ table: arns.trail, key: `${name}#i1` }]),
      ({ name }) => name === 'trail',
    ),
    ...when(
      name === 'people',
      'u',
      (caller) => batchGetItem(caller, [{ table: arns.state, key: directoryTarget.person('p1') }]),
      ({ group }) => group,
    ),
    ...when(name === 'people', 'p', write('Insert', arns.state, directoryTarget.person('p1'))),
    ...when(name === 'workspaces', 'k', (caller) =>
      generateDataKey(caller, arns.dataKey, { workspace: WORKSPACE, class: 'financial' }),
    ),
    ...when(true, 'l', (caller) =>
      writeLogLines(caller, arns.logStreams(name).replace(/:\*$/, ''), 'stream'),
    ),
  ];
}
