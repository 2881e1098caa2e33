import { expect, test } from 'vitest';
import { routeKey } from '#functions/http/route.ts';
import type { Entry } from '#shared/audit/index.ts';
import { httpBench } from '../../support/http.ts';

/** What no two answers and no two entries have alike. */
const OWN_HEADERS = ['date', 'x-request-id', 'content-length', 'transfer-encoding', 'link'];
const told = ({ n: _n, time: _time, trace: _trace, prev: _prev, ...entry }: Entry & { readonly prev?: unknown }) => entry;

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
  const looks = bench.platform.http.flatMap(({ routes }) => routes).filter(({ method }) => method === 'GET');
  expect(looks.length).toBeGreaterThan(12);
  const ask = async (method: string, path: string, as: string | undefined, headers: Record<string, string>) => {
    const before = (await bench.entries()).length;
    const answer = await bench.ask(path, { method, headers, ...(as === undefined ? {} : { as }) });
    const shown = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !OWN_HEADERS.includes(name)));
    const entries = (await bench.entries()).slice(before);
    return { answer, alike: { status: answer.status, headers: shown, entries: entries.map(told) } };
  };
  let entries = 0;
  for (const look of looks) {
    const path = look.path.replaceAll(/\{[^}]*\}/g, (parameter) => real[parameter] ?? 'x');
    const query = ['/runs', '/gates', '/automations/{automation}/rollout'].includes(look.path) ? '?workspace=acme' : '';
    // who may, who may not, who is not there, and a request that is malformed
    for (const [as, target, headers] of [
      ['auditor', `${path}${query}`, {}],
      ['auditor', `${path}${query}`, { accept: 'text/csv' }],
      ['stranger', `${path}${query}`, {}],
      ['nobody', `${path}${query}`, {}],
      ['auditor', `${path}?none=1`, {}],
    ] as const) {
      const get = await ask('GET', target, as, headers);
      const head = await ask('HEAD', target, as, headers);
      const counted = ({ alike }: typeof get) => ({ ...alike, entries: alike.entries.filter(({ action }) => action !== 'session.refuse') });
      expect([routeKey(look), as, target, counted(head)]).toEqual([routeKey(look), as, target, counted(get)]);
      expect(get.answer.text).not.toBe('');
      expect([head.answer.text, head.answer.headers['content-length']]).toEqual(['', undefined]);
      entries += counted(head).entries.length;
    }
  }
  expect(entries).toBeGreaterThan(looks.length);
  expect((await bench.ask('/workspaces/acme', { method: 'OPTIONS' })).status).toBe(404);
  expect(await bench.trailProblems()).toEqual([]);
});
