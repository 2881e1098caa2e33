import { expect, test } from 'vitest';
import type { Entry } from '#shared/audit/index.ts';
import { httpBench } from '../../support/http.ts';
import type { Answered } from '../../support/http-request.ts';

/** What no two answers and no two entries have alike. */
const OWN_HEADERS = ['date', 'x-request-id', 'content-length', 'transfer-encoding', 'link'];
const told = ({
  n: _n,
  time: _time,
  trace: _trace,
  prev: _prev,
  ...entry
}: Entry & { readonly prev?: unknown }) => entry;

test('every GET operation answers HEAD as it answers GET, with the same entry and without a body', async () => {
  const bench = await httpBench();
  const run = await bench.start('clerk');

  await bench.settle();

  const real: Readonly<Record<string, string>> = {
    '{run}': run,
    '{gate}': `${run}.approve-payment`,
    '{person}': 'clerk',
    '{automation}': 'invoice-approval',
    '{workspace}': 'acme',
    '{role}': 'auditor',
  };

  const looks = bench.platform.http
    .flatMap(({ routes }) => routes)
    .filter(({ method }) => method === 'GET');

  expect(looks.length).toBeGreaterThan(12);

  const shown = ({ status, headers }: Answered) => ({
    status,
    headers: Object.fromEntries(
      Object.entries(headers).filter(([name]) => !OWN_HEADERS.includes(name)),
    ),
  });

  let before = (await bench.entries()).length;
  let written = 0;

  for (const { path: pattern } of looks) {
    const path = pattern.replaceAll(/\{[^}]*\}/g, (parameter) => real[parameter] ?? 'x');
    const query = ['/runs', '/gates', '/automations/{automation}/rollout'].includes(pattern)
      ? '?workspace=acme'
      : '';

    // who may, who may not, and a request that is malformed
    for (const [as, target, headers] of [
      ['auditor', `${path}${query}`, { accept: 'text/csv, application/json;q=0.5' }],
      ['stranger', `${path}${query}`, {}],
      ['auditor', `${path}?none=1`, {}],
    ] as const) {
      const get = await bench.ask(target, { as, headers });
      const head = await bench.ask(target, { method: 'HEAD', as, headers });

      expect([target, as, shown(head)]).toEqual([target, as, shown(get)]);
      expect(get.text).not.toBe('');
      expect([head.text, head.headers['content-length']]).toEqual(['', undefined]);

      const entries = (await bench.entries()).slice(before).map(told);

      before += entries.length;
      written += entries.length;
      expect(entries.slice(0, entries.length / 2)).toEqual(entries.slice(entries.length / 2));
    }
  }

  expect(written).toBeGreaterThan(4 * looks.length);
  expect((await bench.ask('/workspaces/acme', { method: 'OPTIONS' })).status).toBe(404);
  expect(await bench.trailProblems()).toEqual([]);
});
