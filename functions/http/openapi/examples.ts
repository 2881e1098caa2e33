import type { Json } from '#shared/kernel/index.ts';

/**
 * Request and response of one operation, for readers of the OpenAPI document. All examples are from
 * one run of one company.
 */
interface Example {
  readonly body?: Json;
  readonly answer: Json;
}

const WORKSPACE = 'acme';
const AUTOMATION = 'invoice-approval';
const RUN_ID = '7v3k0qm8w2x5c9d1f4g6h8j0n2';
const RUN = `${WORKSPACE}.${AUTOMATION}.${RUN_ID}`;
const GATE = `${RUN}.approve-payment`;
const [STARTED, OPENED, EXPIRES, DECIDED] = [
  '2026-01-05T09:00:00.000Z',
  '2026-01-05T09:00:01.000Z',
  '2026-01-19T09:00:01.000Z',
  '2026-01-05T10:30:00.000Z',
];
const HASH = 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg';
const ATTRIBUTES = { tier: 'gold' };

const run = {
  id: RUN,
  workspace: WORKSPACE,
  automation: AUTOMATION,
  version: 1,
  status: 'waiting',
  stage: 'approval',
  requester: 'person-1',
  startedAt: STARTED,
};
const aboutGate = {
  id: GATE,
  run: RUN,
  gate: 'approve-payment',
  automation: AUTOMATION,
  workspace: WORKSPACE,
  stage: 'approval',
  decidedBy: 'Compliance Officer',
  requester: 'person-1',
  openedAt: OPENED,
  expiresAt: EXPIRES,
  state: 'open',
};
const hit = { rule: 'invalid-iban', says: 'the bank account on the invoice is not a valid IBAN' };
const decision = {
  outcome: 'approved',
  reason: 'the supplier was called and gave the right account',
};
const decided = { ...decision, by: 'person-2', role: 'Compliance Officer', at: DECIDED };
const person = {
  id: 'person-2',
  name: 'Robin Example',
  email: 'robin@example.com',
  roles: ['Compliance Officer'],
  workspaces: [WORKSPACE],
  attributes: {},
  active: true,
};
const admin = {
  id: 'person-0',
  name: 'Sam Example',
  roles: ['Admin'],
  workspaces: '*',
  attributes: {},
  active: true,
};
const role = {
  name: 'bookkeeper',
  says: 'reads what is booked',
  builtIn: false,
  grants: [
    { permissions: ['run.list', 'run.read'], automations: [AUTOMATION], where: { tier: ['gold'] } },
  ],
};
const automation = {
  name: AUTOMATION,
  version: 1,
  purpose: 'pay suppliers what was ordered and delivered, and nothing else',
};
const workspace = { name: WORKSPACE, attributes: ATTRIBUTES };

/** Examples, by operation id. */
export const EXAMPLES: Readonly<Record<string, Example>> = {
  getHealth: { answer: { status: 'ok' } },
  getMe: { answer: person },
  listPeople: { answer: { people: [admin, person] } },
  getPerson: { answer: person },
  claimFirstAdmin: { answer: admin },
  listRoles: {
    answer: {
      roles: [
        {
          name: 'Auditor',
          says: 'reads everything that is clear, and changes nothing',
          builtIn: true,
        },
        role,
      ],
    },
  },
  getRole: { answer: role },
  listWorkspaces: { answer: { workspaces: [workspace] } },
  getWorkspace: { answer: workspace },
  createWorkspace: { body: { name: WORKSPACE, attributes: ATTRIBUTES }, answer: workspace },
  listAutomations: { answer: { automations: [automation] } },
  getAutomation: {
    answer: {
      ...automation,
      definition: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      subjects: [{ name: 'supplier', knownBy: 'supplierId' }],
      stages: ['checking', 'approval', 'rejected', 'paying', 'done'],
      fields: [
        { name: 'invoiceNumber', class: 'internal', input: true, optional: false },
        { name: 'payable', class: 'internal', input: true, optional: false, money: true },
        { name: 'iban', class: 'financial', of: 'supplier', input: true, optional: false },
      ],
      steps: [
        {
          name: 'pay',
          effect: 'external',
          reads: ['invoiceNumber', 'iban'],
          writes: ['paymentId'],
          vendors: ['bank'],
          secrets: ['bank-api-token'],
          lookups: [],
          registers: [],
          reserves: [],
          draws: [],
        },
      ],
      gates: [
        {
          name: 'approve-payment',
          decidedBy: 'Compliance Officer',
          shows: ['invoiceNumber'],
          rules: [hit].map(({ rule: name, says }) => ({ name, says })),
          waitsAlways: false,
          expiresMs: 1_209_600_000,
        },
      ],
      supervisedBy: 'Compliance Officer',
    },
  },
  getRollout: { answer: { automation: AUTOMATION, workspace: WORKSPACE, rollout: 'exceptions' } },
  listRuns: { answer: { runs: [run] } },
  startRun: { answer: { id: RUN, created: true } },
  getRun: {
    answer: {
      ...run,
      steps: [{ name: 'check-supplier', state: 'done' }],
      gates: [{ id: GATE, name: 'approve-payment', state: 'open' }],
      fields: { invoiceNumber: 'INV-2026-0042', currency: 'EUR', payable: 1_079_798 },
      amounts: { payable: 'EUR 10,797.98' },
    },
  },
  listGates: { answer: { gates: [{ ...aboutGate, hits: [hit] }] } },
  getGate: {
    answer: {
      ...aboutGate,
      hits: [{ ...hit, facts: { ibanValid: false } }],
      shown: { invoiceNumber: 'INV-2026-0042', currency: 'EUR', payable: 1_079_798 },
      amounts: { payable: 'EUR 10,797.98' },
      seen: HASH,
    },
  },
  decideGate: { body: { ...decision, seen: HASH }, answer: decided },
  getRunTrail: {
    answer: {
      entries: [
        {
          entry: {
            v: 'audit/1',
            writer: 'gates#4m2r7t9v1x3z5b7d9f1h3j5k7n',
            n: 12,
            time: Date.parse(DECIDED),
            bundle: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
            workspace: WORKSPACE,
            run: RUN_ID,
            actor: { kind: 'user', id: 'person-2', auth: 'oidc' },
            action: 'gate.decide',
            outcome: 'ok',
            targets: [{ kind: 'gate', id: GATE.slice(WORKSPACE.length + 1), rev: 1 }],
            why: {
              policies: ['compliance-officer.decide'],
              code: 'gate.approved',
              reason: decision.reason,
            },
            trace: 'JKJaXmPLvHcESHA=',
          },
          sha256: HASH,
        },
      ],
      unreadable: 0,
    },
  },
};
