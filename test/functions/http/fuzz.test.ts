import { expect, test } from 'vitest';
import { routeKey } from '#functions/framework/http/route.ts';
import { type Entry, functionOf } from '#shared/audit/index.ts';
import { type HttpBench, httpBench, SAMPLE_PEOPLE } from '../../support/http.ts';
import { wrongWith } from '../../support/http-document.ts';
import { answeredOf, askRaw } from '../../support/http-request.ts';
import { type Dice, dice } from '../../support/seeded-dice.ts';
import { type Hostile, hostileRequest, messageOf, type World } from './hostile.ts';

const REQUESTS = 2_000;
const AT_ONCE = 16;
/** Runs that wait before anything hostile comes. */
const RUNS = 12;

interface Answer {
  readonly request: Hostile;
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
  /** As the function named it; undefined where no function answered. */
  readonly requestId: string | undefined;
  /** What of it is not as the OpenAPI document says. */
  readonly wrong: string | undefined;
}

/** Everything that hostile requests can name, real. */
async function prepare(bench: HttpBench): Promise<World> {
  const runs: string[] = [];
  for (let nth = 0; nth < RUNS; nth++)
    runs.push(
      await (nth % 4 === 0
        ? bench.start('stranger', { workspace: 'globex', nth })
        : bench.start('clerk', { nth })),
    );

  await bench.settle();

  const waiting = (
    await Promise.all(['acme', 'globex'].map((workspace) => bench.platform.gates.open(workspace)))
  ).flat();

  expect(waiting).toHaveLength(RUNS);

  const gates = waiting.map(
    ({ key, gate }) => `${key.workspace}.${key.automation}.${key.run}.${gate.gate}`,
  );
  const seen = waiting.map((gate) => gate.seen);
  const good = await Promise.all(
    SAMPLE_PEOPLE.map(async ({ id }) => ({ person: id, token: await bench.token(id) })),
  );

  const bad = [
    await bench.token('nobody'),
    await bench.token('clerk', { aud: 'another' }),
    await bench.token('clerk', { iss: 'https://evil.test' }),
    await bench.token('clerk', { exp: 1 }),
    `${await bench.token('clerk')}x`,
  ];

  return {
    runs,
    gates,
    seen,
    good,
    bad,
    routes: bench.platform.http.flatMap(({ routes }) => routes),
  };
}

async function send(bench: HttpBench, request: Hostile): Promise<Answer> {
  const answered = answeredOf(await askRaw(bench.url, messageOf(request, new URL(bench.url).host)));
  const { status, headers, text } = answered;
  const wrong = wrongWith(request.method, request.target, answered);

  return {
    request,
    status,
    type: headers['content-type'],
    body: text,
    requestId: headers['x-request-id'],
    wrong,
  };
}

async function sendAll(bench: HttpBench, world: World, random: Dice): Promise<Answer[]> {
  const requests = Array.from({ length: REQUESTS }, () => hostileRequest(random, world));

  expect(new Set(requests.map(({ route }) => route && routeKey(route)))).toEqual(
    new Set([undefined, ...world.routes.map(routeKey)]),
  );

  const answers: Answer[] = [];
  const waiting = requests.values();

  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const request of waiting) answers.push(await send(bench, request));
    }),
  );

  return answers;
}

/** What became of a request, in a word. */
const codeOf = ({ status, body }: Answer) =>
  status < 400 || body === '' ? `${status}` : (JSON.parse(body) as { code: string }).code;

/** By functions of the API: not what intakes and steps did meanwhile. */
const isOfPeople = ({ actor, writer }: Entry) =>
  actor.kind === 'user' &&
  SAMPLE_PEOPLE.some(({ id }) => id === actor.id) &&
  !functionOf(writer).includes('.');

test(`${REQUESTS} hostile requests break nothing, and leave exactly one entry each where a person is known`, async () => {
  const bench = await httpBench();
  const world = await prepare(bench);
  const before = new Set((await bench.entries()).map(({ writer, n }) => `${writer} ${n}`));
  const answers = await sendAll(bench, world, dice('hostile requests'));

  await bench.settle();

  expect(answers.filter(({ status }) => status < 200 || status >= 500)).toEqual([]);
  expect(
    answers.flatMap(({ request, wrong }) =>
      wrong === undefined ? [] : [`${request.method} ${request.target}: ${wrong}`],
    ),
  ).toEqual([]);

  for (const { request, status, type, body, requestId } of answers) {
    if (status < 400 || requestId === undefined) continue;
    expect(type).toBe('application/problem+json');
    if (request.method === 'HEAD') continue;
    expect(JSON.parse(body)).toMatchObject({ status, code: expect.any(String), requestId });
  }

  const ofPeople = answers.filter(
    ({ request, requestId }) => requestId !== undefined && request.route?.authentication !== 'none',
  );
  const known = ofPeople.filter(({ request }) => request.person !== undefined);

  expect(known.length).toBeGreaterThan(REQUESTS / 2);

  for (const key of ['POST /runs', 'POST /workspaces', 'POST /gates/{gate}/decision'])
    expect([
      key,
      new Set(
        known.filter(({ request }) => request.route && routeKey(request.route) === key).map(codeOf),
      ).size > 5,
    ]).toEqual([key, true]);

  const written = (await bench.entries(isOfPeople)).filter(
    ({ writer, n }) => !before.has(`${writer} ${n}`),
  );
  const count = (names: readonly (string | undefined)[]) =>
    Object.fromEntries(
      [...Map.groupBy(names, (name) => name ?? '')].map(([name, all]) => [name, all.length]).sort(),
    );

  expect(written).toHaveLength(known.length);
  expect(count(written.map(({ actor }) => actor.id))).toEqual(
    count(known.map(({ request }) => request.person)),
  );

  const traces = written.flatMap(({ trace }) => trace ?? []);

  expect(new Set(traces).size).toBe(traces.length);

  const ids = new Set(known.map(({ requestId }) => requestId));

  expect(traces.filter((trace) => !ids.has(trace))).toEqual([]);

  const refused = ofPeople.filter(({ request }) => request.person === undefined);
  const counted = await bench.entries(({ action }) => action === 'session.refuse');

  expect(counted.length).toBeGreaterThan(0);
  expect(counted.reduce((sum, { count = 1 }) => sum + count, 0)).toBeLessThanOrEqual(
    refused.length,
  );
  expect(await bench.trailProblems()).toEqual([]);
});
