import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Principal } from '#shared/access/index.ts';
import { type Entry, functionOf } from '#shared/audit/index.ts';
import { draw } from '../../shared/access/generate.ts';
import type { HttpBench } from '../../support/http.ts';
import type { Answered } from '../../support/http-request.ts';
import { openWorld, type Thing } from './things.ts';
import { MARK } from './world.ts';

const SOAK = process.env.WRIT_SOAK !== undefined;

const PEOPLE = 100;
const OBJECTS = 100;
/** Of five people, so many look at the same thing. */
const OF_FIVE = SOAK ? 5 : 2;
const LOOKS = (PEOPLE * OBJECTS * OF_FIVE) / 5;
const OVER_HTTP = SOAK ? 1_000 : 400;
const DEEDS = SOAK ? 1_000 : 500;
const AT_ONCE = 64;

const RUN = /[a-z]+\.contract-review\.[a-z0-9]{20,}/g;

/** What is wrong with an answer; undefined when nothing is. */
function wrongWith(thing: Thing, who: Principal, { status, text }: Answered): string | undefined {
  const expected = thing.expected(who);

  const wrong = [
    ...(status === expected.status ? [] : [`status ${status}, not ${expected.status}`]),
    ...differences('mark', new Set(text.match(MARK)), expected.marks),
    ...differences(
      'run',
      new Set(text.match(RUN)),
      thing.path.endsWith('/trail') ? [] : expected.runs,
    ),
  ];

  return wrong.length === 0
    ? undefined
    : `${who.id} (${who.roles.join(', ')}) ${thing.asked?.method ?? 'GET'} ${thing.path}: ${wrong.join('; ')}`;
}

function differences(
  what: string,
  found: ReadonlySet<string>,
  expected: readonly string[],
): string[] {
  return [
    ...[...found].filter((one) => !expected.includes(one)).map((one) => `leaks the ${what} ${one}`),
    ...expected.filter((one) => !found.has(one)).map((one) => `withholds the ${what} ${one}`),
  ];
}

interface Outcome extends Answered {
  readonly who: Principal;
  readonly thing: Thing;
}

/** Has each of these people look at, or do, each of these things. */
async function each(
  pairs: readonly { who: Principal; thing: Thing }[],
  get: HttpBench['ask'],
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const waiting = pairs.values();
  const work = async () => {
    for (const { who, thing } of waiting)
      outcomes.push({ ...(await get(thing.path, { ...thing.asked, as: who.id })), who, thing });
  };

  await Promise.all(Array.from({ length: AT_ONCE }, work));

  return outcomes;
}

const wrongIn = (outcomes: readonly Outcome[]) =>
  outcomes.flatMap((outcome) => wrongWith(outcome.thing, outcome.who, outcome) ?? []);
const countOf = (outcomes: readonly Outcome[], status: number) =>
  outcomes.filter((outcome) => outcome.status === status).length;
const pairsOf = (people: readonly Principal[], things: readonly Thing[]) =>
  people.flatMap((who) => things.map((thing) => ({ who, thing })));

test(`of ${LOOKS} looks of people at things none shows more, or less, than the sentences about roles say`, async () => {
  const d = draw(8_420);
  const { bench, folder, people, things } = await openWorld(d, PEOPLE);

  expect(things).toHaveLength(OBJECTS);

  const before = (await bench.entries()).length;
  const pairs = people.flatMap((who, i) =>
    pairsOf([who], things).filter((_, j) => (i + j) % 5 < OF_FIVE),
  );
  const answers = await each(pairs, (path, { as = '' } = {}) => bench.call(path, { as }));

  answers.push(
    ...(await each(
      Array.from({ length: OVER_HTTP }, () => d.one(pairs)),
      bench.ask,
    )),
  );

  expect(answers).toHaveLength(LOOKS + OVER_HTTP);
  expect(wrongIn(answers)).toEqual([]);

  // both are asked often, so that neither is right by chance
  expect(countOf(answers, 200)).toBeGreaterThan(answers.length / 10);
  expect(countOf(answers, 404)).toBeGreaterThan(answers.length / 3);
  expect(countOf(answers, 403)).toBeGreaterThan(answers.length / 100);

  // all that is not found is not found in the same words, whether it is there or not
  const notFound = answers.filter(({ status }) => status === 404);

  expect(
    new Set(notFound.map(({ text }) => JSON.stringify({ ...JSON.parse(text), requestId: '' })))
      .size,
  ).toBe(1);

  // every look is one entry, and nothing sealed is anywhere in the open
  const entries = await bench.entries();

  expect(entries.length - before).toBe(answers.length);
  expect(await bench.trailProblems()).toEqual([]);

  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name));

    expect([name, bytes.includes('mark-sealed'), bytes.includes('mark-name')]).toEqual([
      name,
      false,
      false,
    ]);
  }
});

test(`of ${DEEDS} tries of people to decide, to start and to create none gets further than the sentences about roles say`, async () => {
  const d = draw(4_280);
  const { bench, people, deeds } = await openWorld(d, PEOPLE);
  const [decisions, others] = [true, false].map((isOne) =>
    deeds.filter(({ path }) => path.startsWith('/gates/') === isOne),
  );
  // intakes tell besides what they did
  const ofApi = ({ writer }: Entry) => !functionOf(writer).includes('.');
  const before = (await bench.entries(ofApi)).length;
  const tries = Array.from({ length: DEEDS }, (_, i) => ({
    who: d.one(people),
    thing: d.one((i % 2 === 0 ? decisions : others) ?? []),
  }));

  const answers = await each(tries, bench.ask);

  expect(wrongIn(answers)).toEqual([]);

  for (const [status, least] of [
    [403, 30],
    [404, 100],
    [409, 5],
    [422, 10],
  ] as const)
    expect([status, countOf(answers, status) >= least]).toEqual([status, true]);

  expect((await bench.entries(ofApi)).length - before).toBe(DEEDS);
  expect(
    await bench.entries(({ action, outcome }) => action === 'gate.decide' && outcome === 'ok'),
  ).toEqual([]);
  expect(await bench.trailProblems()).toEqual([]);
});
