import { beforeAll, describe, expect, it } from 'vitest';
import invoice from '#functions/automations/invoice-approval/automation.ts';
import { readInvoice } from '#functions/automations/invoice-approval/ubl.ts';
import { type Environment, environmentOf } from '#infra/config/environment.ts';
import { namesOf } from '#infra/naming/names.ts';
import { enrol } from '#shared/identity/index.ts';
import { canonicalBytes, type Json } from '#shared/kernel/index.ts';
import { serviceActor } from '#shared/ledger/index.ts';
import { GOOD, utf8 } from '../../functions/automations/invoice-approval/good-invoice.ts';
import { API, DEV } from '../template.ts';
import { type Account, accountOf, VENDORS } from './account.ts';
import { Recorder } from './recorder.ts';
import { FIRST, RecordedApi } from './recorder-api.ts';
import { RecordedBench, WORKSPACE } from './recorder-bench.ts';
import { waiting } from './recorder-scenarios.ts';
import { refusal, unusedOf } from './unused.ts';

/**
 * What people do through the API, in an environment on AWS whose services are stood in for. Each
 * request that a function of the API sends there is put to IAM: a role that is too narrow shows,
 * and one that is wider than anything that happens.
 */
const DEPLOYED = { automations: [invoice], vendors: VENDORS };
const DOMAIN = {
  name: 'writ.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/people',
  originName: 'origin.writ.example.com',
  originCertificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/origin',
};
const front = (environment: Environment): Environment => ({
  ...environment,
  api: { ...API, domain: DOMAIN },
});
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
const POOLED = accountOf(front(DEV), undefined, DEPLOYED);
const CONFINED = accountOf(front(CELL), ANYTHING, DEPLOYED);
const SETTINGS = settingsOf(DEV, POOLED);
const recorder = new Recorder(SETTINGS);
const GROUPS = [
  'health',
  'runs',
  'gates',
  'automations',
  'trail',
  'people',
  'workspaces',
  'issuer',
];
/** A workspace that no cell is for. */
const ANOTHER = 'globex';

function settingsOf(environment: Environment, { arns }: Account) {
  const { issuer } = API;
  const told = { issuer, audience: 'writ', front: 'cloudfront', firstAdmin: FIRST, cell: '' };

  return {
    prefix: namesOf(environment).prefix,
    region: environment.region,
    account: arns.account,
    dataKey: arns.dataKey,
    ...told,
  };
}

const good = readInvoice(utf8(GOOD)) as unknown as Record<string, Json>;

beforeAll(async () => {
  const bench = await RecordedBench.open(invoice, SETTINGS, new Recorder(SETTINGS));
  const api = new RecordedApi(bench, invoice, SETTINGS, recorder);

  const ask = async (what: string, by: string | undefined, status: number, more: object = {}) => {
    const answer = await api.ask({ what, by, ...more });

    expect([what, by, answer.status, JSON.stringify(answer.body).slice(0, 300)]).toEqual([
      what,
      by,
      status,
      expect.anything(),
    ]);

    return answer.body as Record<string, Json>;
  };

  await ask('GET /health', undefined, 200);
  await ask('GET /openapi.json', undefined, 200);

  for (const what of ['/runs', '/gates', '/automations', '/people', '/workspaces'])
    await ask(`GET ${what}`, undefined, 401);

  await ask('GET /runs/x.y.z/trail', undefined, 401);
  await ask('POST /people/first-admin', 'somebody-else', 403);

  const admin = await ask('POST /people/first-admin', FIRST, 201);

  await ask('POST /people/first-admin', FIRST, 200);

  for (const [id, roles] of [
    ['clerk', ['Team Member', 'paralegal']],
    ['officer', ['Compliance Officer']],
    ['auditor', ['Auditor', 'paralegal']],
  ] as const)
    await enrol(
      bench.unrecorded('people'),
      { id, login: { issuer: SETTINGS.issuer, subject: id }, roles, workspaces: '*' },
      { actor: serviceActor(bench.unrecorded('people').ledger), action: 'person.first-admin' },
    );

  for (const by of [FIRST, 'clerk']) await ask('GET /me', by, 200);

  await ask('GET /people', FIRST, 200);
  await ask(`GET /people/${String(admin.id)}`, FIRST, 200);
  await ask('GET /people/nobody', FIRST, 404);
  await ask('GET /roles', FIRST, 200);
  await ask('GET /roles/paralegal', FIRST, 404);
  await ask('POST /workspaces', FIRST, 201, { json: { name: ANOTHER } });
  await ask('GET /workspaces', FIRST, 200);
  for (const by of [FIRST, 'auditor']) await ask(`GET /workspaces/${WORKSPACE}`, by, 200);

  await ask('GET /automations', FIRST, 200);
  await ask('GET /automations/invoice-approval', 'auditor', 200);
  await ask(`GET /automations/invoice-approval/rollout?workspace=${WORKSPACE}`, FIRST, 200);

  const start = `POST /runs?workspace=${WORKSPACE}&automation=invoice-approval`;
  const upload = Buffer.from(
    canonicalBytes({ ...good, invoiceNumber: 'sent', lookAlike: 'sent', lookAlikeLower: 'sent' }),
  ).toString();
  const started = await ask(start, 'clerk', 201, { upload, headers: { 'idempotency-key': 'one' } });

  await ask(start, 'clerk', 200, { upload, headers: { 'idempotency-key': 'one' } });
  await bench.seed('exceptions');

  const run = await waiting(bench, 'odd', {
    ...good,
    invoiceNumber: 'odd',
    lookAlike: 'odd',
    lookAlikeLower: 'odd',
    orderId: 'PO-of-nobody',
  });

  await ask(`GET /runs?workspace=${WORKSPACE}`, 'clerk', 200);
  await ask(`GET /runs/${String(started.id)}`, 'clerk', 200);
  await ask(`GET /runs/${String(started.id)}/trail`, 'auditor', 200);
  await ask(`GET /gates?workspace=${WORKSPACE}`, 'officer', 200);
  await ask(`GET /gates?workspace=${WORKSPACE}`, 'clerk', 200);

  const gate = `/gates/${WORKSPACE}.invoice-approval.${run}.approve-payment`;
  const { seen } = await ask(`GET ${gate}`, 'officer', 200);

  await ask(`POST ${gate}/decision`, 'officer', 201, {
    json: { outcome: 'approved', reason: 'ordered by phone', seen: seen ?? '' },
  });
  await ask(`POST ${gate}/decision`, 'officer', 200, {
    json: { outcome: 'approved', reason: 'ordered by phone', seen: seen ?? '' },
  });
  // which tells of a decision
  await ask(`GET /runs/${WORKSPACE}.invoice-approval.${run}/trail`, 'auditor', 200);
  await bench.close();
});

describe('what people do through the API', () => {
  const asked = (settings: typeof SETTINGS, account: Account) =>
    recorder.questions({ settings, account });

  it('is allowed by the roles of its functions, call by call', () => {
    const refused = [...asked(SETTINGS, POOLED)].flatMap(([fn, requests]) =>
      requests.flatMap((request) => refusal(fn, request, POOLED)),
    );
    expect([...new Set(refused)]).toEqual([]);
  });

  it('is allowed in a cell, under a boundary of somebody else, but for what is of no workspace of it', () => {
    const refused = [...asked(settingsOf(CELL, CONFINED), CONFINED)].flatMap(([fn, requests]) =>
      requests
        .filter((request) => !JSON.stringify(request).includes(ANOTHER))
        .flatMap((request) => refusal(fn, request, CONFINED)),
    );
    expect([...new Set(refused)]).toEqual([]);
  });

  it('needs everything that these roles grant', () => {
    const requests = asked(SETTINGS, POOLED);

    const unused = GROUPS.flatMap((name) => {
      const { statements } = POOLED.functions.find((fn) => fn.name === name)!;
      return [...unusedOf(statements, requests.get(name) ?? [], POOLED)].map(
        (grant) => `${name} ${grant}`,
      );
    });

    expect(unused).toEqual([]);
  });

  it('leaves no function of the API out', () => {
    expect([...asked(SETTINGS, POOLED).keys()].sort()).toEqual([...GROUPS].sort());
  });
});
