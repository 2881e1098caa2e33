import type {
  BatchGetItemCommandInput,
  ExecuteTransactionCommandInput,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import type { Settings } from '#functions/wiring/settings.ts';
import { type Environment, environmentOf } from '#infra/config/environment.ts';
import { namesOf } from '#infra/naming/names.ts';
import { ACTIONS } from '#shared/audit/index.ts';
import type { Flow } from '#shared/automation/index.ts';
import { DEV } from '../template.ts';
import { type Account, AUTOMATIONS, accountOf, VENDORS } from './account.ts';
import { Recorder } from './recorder.ts';
import { RecordedBench, WORKSPACE } from './recorder-bench.ts';
import { INVOICES } from './recorder-invoice.ts';
import { REFUND, REFUNDS } from './recorder-refund.ts';
import { refusal, unusedOf } from './unused.ts';

/**
 * Whole runs in an environment on AWS, the services stood in for, every function with clients of
 * its own. Each request that a function sends there is put to IAM. So a role that is too narrow
 * shows before anything is deployed, and so does one that is wider than anything that happens.
 */
const ANYTHING = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};
const CELL = environmentOf({
  name: 'prod',
  region: 'eu-west-1',
  account: '333344445555',
  cell: WORKSPACE,
  estate: { boundaryArn: 'arn:aws:iam::333344445555:policy/theirs' },
});
/**
 * Those of which there are scenarios: every grant that nobody uses is a matter of what they ask
 * for.
 */
const PLAYS = [
  [invoice, INVOICES],
  [REFUND, REFUNDS],
] as const;
const PLAYED = {
  automations: PLAYS.map(([flow]) => flow),
  vendors: VENDORS.filter(({ name }) => PLAYS.some(([flow]) => calls(flow, name))),
};
/** What functions of the API are told. */
const OF_API = {
  issuer: 'https://id.example.com',
  audience: 'writ',
  front: 'none',
  firstAdmin: 'somebody',
  cell: '',
};
const POOLED = accountOf(DEV, undefined, PLAYED);
const CONFINED = accountOf(CELL, ANYTHING, PLAYED);
/** What people ask the others for is a matter of its own. */
const ofAutomations = ({ functions }: Account) =>
  functions.filter(({ name }) => name.includes('.'));
/** Where it all happens. */
const SETTINGS = settingsOf(DEV, POOLED);
const ENVIRONMENTS = [
  { what: 'an environment of many workspaces', settings: SETTINGS, account: POOLED },
  {
    what: 'a cell, with egress isolated and under a boundary of somebody else',
    settings: settingsOf(CELL, CONFINED),
    account: CONFINED,
  },
];
const recorder = new Recorder(SETTINGS);
const written = new Set<string>();

beforeAll(async () => {
  for (const [flow, scenarios] of PLAYS) {
    const bench = await RecordedBench.open(flow, SETTINGS, recorder);
    for (const [what, play] of scenarios) {
      bench.trouble = {};
      await play(bench).catch((cause) => expect.fail(`${flow.name}, ${what}: ${cause}`));
    }

    for (const action of await bench.actions()) written.add(action);

    await bench.close();
  }
});

const grants = (automation: string, parts: readonly string[], grant: string) =>
  parts.map((part) => `${automation}.${part} ${grant}`);

/**
 * What roles grant and nothing in these scenarios needs, and why it never will, as far as the
 * engine goes today. A line that is no longer true fails, and so does a grant that nobody uses and
 * that is not here. A statement alone is meant as a whole, else one member of one of its lists.
 */
const UNUSED: readonly { readonly because: string; readonly grants: readonly string[] }[] = [
  {
    because:
      'intake repeats word only of runs that have come to a gate, so never to a step between the first and the gate',
    grants: ['match-order', 'check-supplier'].flatMap((step) =>
      grants('invoice-approval', ['intake'], `SendMessages: invoice-approval.${step}`),
    ),
  },
  {
    because:
      'the gate before it asks no rule: where it lets a run pass, in shadow, the second one does, too',
    grants: ['gate', 'timer'].flatMap((kind) =>
      grants('made-up', ['look'], `OpenGates: ${kind}#made-up#*#*.second`),
    ),
  },
];

describe.each(ENVIRONMENTS)(
  'what functions do in whole runs, in $what',
  ({ settings, account }) => {
    let asked: ReturnType<Recorder['questions']>;

    beforeAll(() => {
      asked = recorder.questions({ settings, account });
    });

    it('is allowed by their roles, call by call', () => {
      const refused = [...asked].flatMap(([fn, requests]) => [
        ...new Set(requests.flatMap((request) => refusal(fn, request, account))),
      ]);
      expect(refused).toEqual([]);
    });

    // of the statements that are derived from declarations, which the templates hold word for word;
    // what Lambda needs to join an isolated network comes on top, and nothing of it happens here
    it('needs everything that their roles grant, but for what is listed', () => {
      const unused = ofAutomations(account).flatMap(({ name, statements }) =>
        [...unusedOf(statements, asked.get(name) ?? [], account)].map(
          (grant) => `${name} ${grant}`,
        ),
      );
      expect(unused.sort()).toEqual(UNUSED.flatMap(({ grants }) => grants).sort());
    });

    it('leaves no function out, and no kind of entry that functions of an automation write', () => {
      expect([...asked.keys()].sort()).toEqual(
        ofAutomations(account)
          .map(({ name }) => name)
          .sort(),
      );

      // by people through the API, by who prepares the embedded mode, and by what does not exist
      // yet
      const byOthers = Object.keys(ACTIONS).filter((action) =>
        /^(?:automation|person|role|session|trail|workspace)\.|\.(?:decide|import|list|read|request|seed|shred)$/.test(
          action,
        ),
      );

      expect([...written, ...byOthers].sort()).toEqual(Object.keys(ACTIONS).sort());
    });
  },
);

describe('an automation of which nothing is played', () => {
  it('is named, with what to do about it, and fails nothing', () => {
    const played = PLAYED.automations.map(({ name }) => name);
    const unplayed = AUTOMATIONS.map(({ name }) => name).filter((name) => !played.includes(name));

    for (const name of unplayed)
      process.stdout.write(
        `  ${name}: nobody has tried that its roles are enough, and no wider; ${TO_DO}\n`,
      );

    expect(AUTOMATIONS.map(({ name }) => name).toSorted()).toEqual(
      [...played, ...unplayed].toSorted(),
    );
  });
});

describe('what adapters do besides is among it', () => {
  const transactions = (fn: string) =>
    recorder.sent.filter((sent) => sent.fn === fn && sent.operation === 'ExecuteTransaction');

  it('that what is to be removed is read first, each time anew', () => {
    for (const [{ name }] of PLAYS) {
      const requests = recorder.sent
        .filter(({ fn }) => fn === `${name}.intake`)
        .map(({ input }) => input);
      const deletions = new Map<string, Set<string>>();
      const reads = new Map<string, number>();

      for (const request of requests) {
        const [read, deleted] = [readBy(request).join(), deletedBy(request).join()];
        reads.set(read, (reads.get(read) ?? 0) + 1);

        if (deleted === '') continue;

        const tokens = deletions.get(deleted) ?? new Set();
        deletions.set(deleted, tokens.add(tokenOf(request)));
        expect(reads.get(deleted), `reads of ${deleted}`).toBeGreaterThanOrEqual(tokens.size);
      }

      expect(deletions.size).toBeGreaterThan(0);
    }
  });

  it.each(
    ofAutomations(POOLED)
      .filter(({ writer }) => writer)
      .map(({ name }) => name),
  )('that %s sends a transaction once more', (fn) => {
    const tokens = transactions(fn).map(({ input }) => tokenOf(input));
    expect(tokens.length).toBeGreaterThan(new Set(tokens).size);
  });
});

const TO_DO =
  'write down what becomes of its runs, as recorder-invoice.ts does, and put it into PLAYS of test/infra/proofs/enough.test.ts';

function calls({ steps }: Flow, vendor: string): boolean {
  return [...steps.values()].some(({ step }) => step.authority.vendors.includes(vendor));
}

const tokenOf = (input: object) =>
  (input as ExecuteTransactionCommandInput).ClientRequestToken ?? '';

/** Keys that a request deletes. */
function deletedBy(input: object): string[] {
  const { TransactStatements = [] } = input as Partial<ExecuteTransactionCommandInput>;
  return TransactStatements.filter(({ Statement }) => Statement?.startsWith('DELETE')).map(
    ({ Parameters }) => Parameters?.[0]?.S ?? '',
  );
}

/** Keys that a request reads. */
function readBy(input: object): string[] {
  const { RequestItems = {} } = input as Partial<BatchGetItemCommandInput>;
  return Object.values(RequestItems).flatMap(({ Keys = [] }) => Keys.map(({ pk }) => pk?.S ?? ''));
}

function settingsOf(environment: Environment, { arns }: Account): Settings {
  return {
    prefix: namesOf(environment).prefix,
    region: environment.region,
    account: arns.account,
    dataKey: arns.dataKey,
    ...OF_API,
  };
}
