import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayEvent } from '#functions/embedded/gateway-event.ts';
import type { StartAnswer } from '#functions/framework/lambda/intake-handler.ts';
import { StartUnansweredError } from '#functions/http/runs/errors.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import type { RunStarter } from '#functions/http/runs/ports.ts';
import { openPolicies } from '#shared/access/adapters/cedar.ts';
import { describeFlow } from '#shared/automation/index.ts';
import { openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { WorkspaceKeys } from '#shared/crypto/index.ts';
import { silentLog, silentMetrics, systemClock, systemRandom } from '#shared/kernel/index.ts';
import { temporaryFolder } from '../../support/bench.ts';
import { type HttpBench, ISSUER } from '../../support/http.ts';
import { memo, papers } from './papers.ts';

/** The function of runs, asked by the clerk to start a memo, with an intake of the test's own. */
async function runsWith(starts: (bench: HttpBench) => RunStarter) {
  const folder = temporaryFolder();
  const bench = await papers({ folder });
  const now = systemClock.now();

  const handle = makeRuns([describeFlow(memo.flow)]).connect({
    ledger: bench.platform.store.ledger({ name: 'runs', bundle: '0'.repeat(64) }),
    keys: new WorkspaceKeys(openKeyFile(join(folder, 'root.key'), systemRandom()), systemClock),
    clock: systemClock,
    random: systemRandom(),
    log: silentLog,
    metrics: silentMetrics,
    tokens: {
      verify: async () => ({
        issuer: ISSUER,
        subject: 'sub-clerk',
        issuedAt: now,
        session: 's',
        methods: [],
      }),
    },
    policies: openPolicies({ metrics: silentMetrics }),
    starts: starts(bench),
  });

  return {
    ask(requestId: string) {
      const rawHeaders = [
        'authorization',
        'Bearer x',
        'idempotency-key',
        'k',
        'content-type',
        'application/json',
      ];

      const body = Buffer.from('{"text":"a"}');

      const sent = {
        method: 'POST',
        httpVersion: '1.1',
        rawHeaders,
        from: '127.0.0.1',
        path: '/runs',
        body,
      };

      const route = {
        query: 'workspace=acme&automation=memo',
        routeKey: 'POST /runs',
        parameters: undefined,
      };

      return handle(gatewayEvent({ ...sent, ...route, requestId, at: now }));
    },
    /** Action, outcome and request of each entry that tells of the clerk. */
    told: async () =>
      (await bench.entries(({ actor }) => actor.id === 'clerk')).map(
        ({ action, outcome, trace }) => `${action} ${outcome} ${trace}`,
      ),
  };
}

it('a start that happened and whose answer was lost is 503, is not called refused, and is found under the same key', async () => {
  let isLost = true;

  const { ask, told } = await runsWith((bench) => ({
    async start(automation, upload) {
      const started = await bench.platform.intakes.get(automation)?.(upload);
      if (started === undefined || isLost)
        throw new StartUnansweredError(automation, 'TimeoutError');
      return { started };
    },
  }));

  const first = await ask('first');

  isLost = false;

  const second = await ask('second');

  expect([first.statusCode, second.statusCode]).toEqual([503, 200]);
  expect(await told()).toEqual([
    'run.start ok first',
    'run.request failed first',
    'run.request ok second',
  ]);
});

describe('an intake, which runs its author’s code,', () => {
  const refused = (code: string, fate: string, message: string) =>
    ({ refused: { code, fate, message, facts: {} } }) as StartAnswer;

  it.each<[string, StartAnswer, number, string]>([
    ['a refusal of its own', refused('memo.torn', 'refuse', 'the memo is torn'), 422, 'memo.torn'],
    [
      'an upload that is no JSON',
      refused('json.malformed', 'refuse', 'it is not JSON'),
      422,
      'json.malformed',
    ],
    [
      'a key that was used',
      refused('run.key-reused', 'refuse', 'use another'),
      409,
      'run.key-reused',
    ],
    [
      'words in the name of the API',
      refused('request.not-found', 'refuse', 'sign in at https://evil.example'),
      500,
      'request.failed',
    ],
    [
      'words in the name of access',
      refused('access.denied', 'refuse', 'sign in at https://evil.example'),
      500,
      'request.failed',
    ],
    [
      'words in the name of sign-in',
      refused('sign-in.refused', 'refuse', 'sign in at https://evil.example'),
      500,
      'request.failed',
    ],
    [
      'words in the name of identity',
      refused('identity.again', 'refuse', 'sign in at https://evil.example'),
      500,
      'request.failed',
    ],
    [
      'a failure that ends processes',
      refused('x.y', 'stop', 'sign in at https://evil.example'),
      503,
      'request.unavailable',
    ],
    [
      'a run that has no name',
      { started: { run: 'ABC..#\n', created: true } },
      503,
      'request.unavailable',
    ],
    [
      'a run in another place',
      { started: { run: 'x.supervise', created: false } },
      503,
      'request.unavailable',
    ],
  ])(
    'leaves the entry of the request to the function that was asked: %s',
    async (_what, answer, status, code) => {
      const { ask, told } = await runsWith(() => ({ start: async () => answer }));
      const { statusCode, body = '' } = await ask('one');
      expect([statusCode, JSON.parse(body)]).toMatchObject([status, { code }]);
      expect(body).not.toContain('evil');
      expect(await told()).toEqual([`run.request ${status >= 500 ? 'failed' : 'denied'} one`]);
    },
  );

  it('cannot say that it started a run without an entry of who asked for it', async () => {
    const { ask, told } = await runsWith(() => ({
      start: async () => ({ started: { run: 'abc', created: true } }),
    }));
    expect((await ask('one')).statusCode).toBe(201);
    expect(await told()).toEqual(['run.request ok one']);
  });
});
