import { afterEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../support/bench.ts';
import { countedApi } from './counted-api.ts';
import { papers, startPaper } from './papers.ts';

const decision = JSON.stringify({ outcome: 'approved', reason: 'as agreed', seen: 'x'.repeat(43) });
const key = { 'idempotency-key': 'k' };

/**
 * Operations on what is there and not for whoever asks, and the same on what is not there. `RUN`
 * and `GATE` are of a run of `acme`; the stranger is let into `globex`, the vendor into `acme` with
 * hardly a right.
 */
const PAIRS: readonly (readonly [
  as: string,
  method: string,
  there: string,
  absent: readonly string[],
  body?: string,
])[] = [
  [
    'stranger',
    'GET',
    '/runs/RUN',
    [
      '/runs/NO_RUN',
      '/runs/initech.contract-review.NO_ID',
      '/runs/globex.contract-review.NO_ID',
      '/runs/acme.other.NO_ID',
    ],
  ],
  ['vendor', 'GET', '/runs/RUN', ['/runs/NO_RUN']],
  [
    'stranger',
    'GET',
    '/runs/RUN/trail',
    ['/runs/NO_RUN/trail', '/runs/globex.contract-review.NO_ID/trail'],
  ],
  [
    'stranger',
    'GET',
    '/gates/GATE',
    [
      '/gates/NO_RUN.review-ok',
      '/gates/RUN.other',
      '/gates/initech.contract-review.NO_ID.review-ok',
    ],
  ],
  ['client', 'GET', '/gates/GATE', ['/gates/NO_RUN.review-ok', '/gates/RUN.other']],
  [
    'stranger',
    'POST',
    '/gates/GATE/decision',
    ['/gates/NO_RUN.review-ok/decision', '/gates/RUN.other/decision'],
    decision,
  ],
  ['client', 'POST', '/gates/GATE/decision', ['/gates/NO_RUN.review-ok/decision'], decision],
  [
    'stranger',
    'GET',
    '/runs?workspace=acme',
    ['/runs?workspace=initech', '/runs?workspace=people'],
  ],
  ['vendor', 'GET', '/runs?workspace=acme', ['/runs?workspace=initech']],
  ['stranger', 'GET', '/gates?workspace=acme', ['/gates?workspace=initech']],
  ['stranger', 'GET', '/workspaces/acme', ['/workspaces/initech', '/workspaces/people']],
  [
    'stranger',
    'GET',
    '/automations/memo/rollout?workspace=acme',
    ['/automations/memo/rollout?workspace=initech', '/automations/other/rollout?workspace=acme'],
  ],
  ['client', 'GET', '/automations/memo', ['/automations/other']],
  [
    'stranger',
    'POST',
    '/runs?workspace=acme&automation=memo',
    ['/runs?workspace=initech&automation=memo', '/runs?workspace=acme&automation=other'],
    '{}',
  ],
  [
    'client',
    'POST',
    '/runs?workspace=acme&automation=memo',
    ['/runs?workspace=acme&automation=other'],
    '{}',
  ],
  ['vendor', 'GET', '/people/keeper', ['/people/nobody']],
  ['vendor', 'GET', '/roles/bookkeeper', ['/roles/none']],
];

/** References that can be none, which end like those. */
const MALFORMED = [
  '/runs/whatever',
  '/runs/acme..r',
  '/runs/acme.contract-review.',
  '/runs/%00',
  '/runs/ACME.contract-review.NO_ID',
  '/gates/RUN',
  '/people/%2e%2e',
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function counted() {
  const folder = temporaryFolder();
  const bench = await papers({ folder });
  const run = await startPaper(bench);
  const api = await countedApi(bench, folder);

  closing.push(api.close);

  const other = 'z'.repeat(26);

  const filled = (path: string) =>
    path
      .replace('NO_RUN', `acme.contract-review.${other}`)
      .replace('NO_ID', other)
      .replace('GATE', `${run}.review-ok`)
      .replace('RUN', run);

  return {
    bench,
    ask: (as: string, method: string, path: string, body?: string) =>
      api.ask(
        as,
        method,
        filled(path),
        body,
        path.startsWith('/runs?') && method === 'POST' ? key : {},
      ),
  };
}

describe('what is not there and what is not for you to see', () => {
  it('look the same in every byte, and take the same reads, decisions and commits', async () => {
    const { ask, bench } = await counted();
    for (const [as, method, there, absent, body] of PAIRS) {
      await ask(as, method, there, body); // a function that was asked before has its keys at hand

      const forbidden = await ask(as, method, there, body);

      expect([there, forbidden.answer]).toEqual([
        there,
        expect.stringMatching(/^HTTP\/1\.1 404 .*"code":"request\.not-found"/s),
      ]);

      expect([
        there,
        forbidden.cost.decisions,
        forbidden.cost.commits,
        forbidden.cost.trails,
        forbidden.cost.starts,
      ]).toEqual([there, 1, 1, 0, 0]);

      for (const path of absent)
        expect([path, await ask(as, method, path, body)]).toEqual([path, forbidden]);
    }

    expect(await bench.trailProblems()).toEqual([]);
  });

  it('look like a reference that can be none', async () => {
    const { ask } = await counted();
    const { answer } = await ask('stranger', 'GET', '/runs/RUN');
    for (const path of MALFORMED)
      expect([path, (await ask('stranger', 'GET', path)).answer]).toEqual([path, answer]);
  });

  it('are told apart in the trail, for those who may read it', async () => {
    const { ask, bench } = await counted();
    for (const path of ['/runs/RUN', '/runs/NO_RUN', '/runs/whatever'])
      await ask('stranger', 'GET', path);

    const entries = await bench.entries(({ actor }) => actor.id === 'stranger');

    expect(
      entries.map(({ why, outcome, workspace }) => [
        outcome,
        workspace,
        why?.code,
        why?.reason,
        why?.policies,
      ]),
    ).toEqual([
      ['denied', 'acme', 'request.not-found', 'this person may not see it', ['wall']],
      ['denied', 'acme', 'request.not-found', 'it is not there', ['wall']],
      ['denied', 'platform', 'request.not-found', 'the reference is malformed', undefined],
    ]);
  });
});
