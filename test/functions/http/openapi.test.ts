import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { makeAutomations } from '#functions/http/automations/index.ts';
import { makeGates } from '#functions/http/gates/index.ts';
import { makeHealth } from '#functions/http/health/index.ts';
import { openapiOf } from '#functions/http/openapi.ts';
import { http as people } from '#functions/http/people/index.ts';
import { checkRoutes } from '#functions/http/route.ts';
import { makeRuns } from '#functions/http/runs/index.ts';
import { http as trail } from '#functions/http/trail/index.ts';
import { http as workspaces } from '#functions/http/workspaces/index.ts';
import type { OriginCheck } from '#functions/middleware/http-ports.ts';
import { PROBLEMS } from '#functions/middleware/http-problem.ts';
import { silentLog, silentMetrics, systemClock, systemRandom } from '#shared/kernel/index.ts';
import type { Commit } from '#shared/ledger/index.ts';

const groups = [
  { name: 'runs', ...makeRuns([]) },
  { name: 'gates', ...makeGates([]) },
  { name: 'trail', ...trail },
  { name: 'automations', ...makeAutomations([]) },
  { name: 'people', ...people },
  { name: 'workspaces', ...workspaces },
  { name: 'health', ...makeHealth({}) },
];

describe('the OpenAPI document', () => {
  it('is the one in docs/openapi.json', async () => {
    await expect(asFormatted(openapiOf(groups))).toMatchFileSnapshot('../../../docs/openapi.json');
  });

  it('is valid by its own specification', async () => {
    expect(await new Validator().validate(openapiOf(groups))).toEqual({ valid: true });
  });

  it('names no refusal of an operation that has no status of its own', () => {
    const refusals = groups.flatMap(({ routes }) => routes.flatMap(({ gives }) => gives.refusals ?? []));
    expect(refusals.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
  });

  it('has routes that the gateway takes', () => {
    expect(checkRoutes(groups.flatMap(({ routes }) => routes))).toEqual([]);
  });
});

describe('the function that answers anybody', () => {
  const document = openapiOf(groups);
  const event = (path: string, rawQueryString = '') =>
    ({ routeKey: `GET ${path}`, rawPath: path, rawQueryString, headers: {}, requestContext: { requestId: 'one' } }) as never;
  /** Whatever it asks of the ledger is seen. */
  const open = (origin?: OriginCheck) => {
    const commits: Commit[] = [];
    const ledger = { identity: { name: 'health', bundle: '' }, commit: async (commit: Commit) => commits.push(commit) } as never;
    const ports = { ledger, clock: systemClock, random: systemRandom(), log: silentLog, metrics: silentMetrics };
    return { handler: makeHealth(document).connect(origin === undefined ? ports : { ...ports, origin }), commits };
  };

  it('gives the document as it is, and says that it answers, and leaves no entry', async () => {
    const { handler, commits } = open();
    const [health, openapi] = [await handler(event('/health')), await handler(event('/openapi.json'))];
    expect([health.statusCode, JSON.parse(health.body ?? '')]).toEqual([200, { status: 'ok' }]);
    expect([openapi.statusCode, JSON.parse(openapi.body ?? '')]).toEqual([200, document]);
    expect((await handler(event('/health', 'a=b'))).statusCode).toBe(400);
    expect((await handler(event('/runs'))).statusCode).toBe(404);
    expect(commits).toEqual([]);
  });

  it('answers nobody who went around the front, and counts them', async () => {
    const { handler, commits } = open({ header: 'x-front', isOurs: async () => false });
    for (const path of ['/health', '/openapi.json', '/runs']) expect((await handler(event(path))).statusCode).toBe(403);
    expect(commits).toMatchObject([{ entries: [{ action: 'session.refuse', count: 1, why: { code: 'origin-header' } }] }]);
  });
});

/** JSON as the formatter of the repository writes it: lists of plain values on one line where they fit. */
function asFormatted(value: object): string {
  const plain = String.raw`(?:"(?:[^"\\]|\\.)*"|[\w.+-]+)`;
  const list = new RegExp(String.raw`^(.*)\[\n\s+(${plain}(?:,\n\s+${plain})*)\n\s*\](,?)$`, 'gm');
  const text = JSON.stringify(value, undefined, 2).replace(list, (whole, before: string, items: string, comma: string) => {
    const line = `${before}[${items.replace(/,\n\s+/g, ', ')}]${comma}`;
    return line.length <= 140 ? line : whole;
  });
  return `${text}\n`;
}
