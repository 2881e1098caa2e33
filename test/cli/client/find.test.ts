import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GateSummary, Run, RunSummary } from '#cli/api/answers.ts';
import { type Api, openApi } from '#cli/api/api.ts';
import { findGate, findRun, shortGate, shortRun } from '#cli/client/find.ts';

const options = { workspace: 'acme', data: '.writ' };
const [FIRST, SECOND, THIRD] = ['k3f9x2abaaaa', 'k3f9x2abbbbb', 'm7h2q9c0cccc'].map(
  (id) => `acme.invoice-approval.${id}`,
) as [string, string, string];

/**
 * An API with these runs, in pages of two, and a gate in each of `gates`. Ids that begin alike
 * cannot be had of a real one.
 */
function apiWith(runs: readonly string[], gates: readonly string[] = []) {
  let asked = 0;

  const page = <Item>(ids: readonly string[], cursor = '0') => {
    asked++;
    const from = Number(cursor);
    const items = ids.slice(from, from + 2).map((id) => ({ id }) as Item);
    return Promise.resolve({
      items,
      cursor: from + 2 < ids.length ? String(from + 2) : undefined,
    });
  };

  const api: Api = {
    ...openApi(new URL('http://127.0.0.1:9'), 'unused'),
    runs: ({ cursor }) => page<RunSummary>(runs, cursor),
    gates: ({ cursor }) => page<GateSummary>(gates, cursor),
    run: async (id) =>
      ({
        gates: [
          { id: `${id}.approve-payment`, state: 'approved' },
          { id: `${id}.something-else`, state: 'passed' },
        ],
      }) as Run,
  };

  return { api, asked: () => asked };
}

describe('an id that is typed', () => {
  it('is taken as it is when it is whole, without asking', async () => {
    const { api, asked } = apiWith([]);
    expect(await findRun(api, FIRST, options)).toBe(FIRST);
    expect(await findGate(api, `${FIRST}.approve-payment`, options)).toBe(
      `${FIRST}.approve-payment`,
    );
    expect(asked()).toBe(0);
  });

  it('is found by its beginning, on any page', async () => {
    const { api } = apiWith(
      [FIRST, SECOND, THIRD],
      [`${SECOND}.approve-payment`, `${FIRST}.approve-payment`, `${THIRD}.approve-payment`],
    );

    expect(await findRun(api, 'm7h2', options)).toBe(THIRD);
    expect(await findRun(api, shortRun(THIRD), options)).toBe(THIRD);
    expect(await findGate(api, 'm7h2q9c0', options)).toBe(`${THIRD}.approve-payment`);
    expect(await findGate(api, shortGate(`${THIRD}.supervise-pay`), options)).toBe(
      `${THIRD}.supervise-pay`,
    ); // decided or not
  });

  it('is found when its gate is decided, where the run waited at no other', async () => {
    expect(await findGate(apiWith([FIRST, THIRD]).api, 'm7h2q9c0', options)).toBe(
      `${THIRD}.approve-payment`,
    );
  });

  it('is refused with the candidates when it is the beginning of several', async () => {
    const { api } = apiWith([FIRST, SECOND, THIRD]);
    await expect(findRun(api, 'k3f9x2ab', options)).rejects.toMatchObject({
      code: 'id.unclear',
      message: `2 runs start with "k3f9x2ab": ${FIRST}, ${SECOND}`,
      help: 'type more characters of one of them',
    });
  });

  it.each(['zzzz', 'k3f', '', 'K3F9', '../x', 'k3f9 x'])(
    'is refused when it is the beginning of none, or of anything: %o',
    async (typed) => {
      await expect(findRun(apiWith([FIRST]).api, typed, options)).rejects.toMatchObject({
        code: 'id.unclear',
      });
      await expect(findGate(apiWith([], [FIRST]).api, typed, options)).rejects.toMatchObject({
        code: 'id.unclear',
      });
    },
  );

  it('is taken in every form in which one is printed, by every command that takes one', async () => {
    const gates = fc.constantFrom('approve-payment', 'supervise-pay');
    const places = fc.record({
      run: fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/),
      automation: fc.constantFrom('refund', 'invoice-approval'),
    });

    await fc.assert(
      fc.asyncProperty(places, gates, async ({ run, automation }, gate) => {
        const id = `acme.${automation}.${run}`;
        const open = `${id}.${gate}`;
        const { api: listing } = apiWith([id], [open]);
        const api: Api = {
          ...listing,
          run: async () => ({ gates: [{ id: open, state: 'open' }] }) as unknown as Run,
        };

        const target = `${automation}#acme`;

        const ofRun = [
          shortRun(id),
          id,
          run,
          `${automation}.${run}`,
          `run#${target}#${run}`,
          `fields#${target}#internal#${run}`,
          `claim#${target}#${run}.pay`,
        ];

        const ofGate = [shortGate(open), open, `${run}.${gate}`, `${automation}.${run}.${gate}`];
        const keys = ['gate', 'decision', 'timer'].map(
          (kind) => `${kind}#${target}#${run}.${gate}`,
        );

        for (const typed of [...ofRun, ...ofGate, ...keys]) {
          expect([typed, await findRun(api, typed, options)]).toEqual([typed, id]);
          expect([typed, await findGate(api, typed, options)]).toEqual([typed, open]);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is looked for among the newest thousand and no further, and it says so', async () => {
    const { api, asked } = apiWith(
      Array.from({ length: 100 }, (_, i) => `acme.invoice-approval.${String(i).padStart(8, '0')}`),
    );
    const message =
      'no run among the newest 20 starts with "00000099"; use the full id for older runs';

    await expect(findRun(api, '00000099', options)).rejects.toMatchObject({
      code: 'id.unclear',
      message,
    });

    expect(asked()).toBe(10);
    expect(await findRun(api, 'acme.invoice-approval.00000099', options)).toBe(
      'acme.invoice-approval.00000099',
    );
  });

  it('is said to be of nothing one may see only when all was looked at', async () => {
    const { api } = apiWith([FIRST, SECOND, THIRD]);
    const message = 'no run that you may see starts with "zzzz"';
    await expect(findRun(api, 'zzzz', options)).rejects.toMatchObject({ message });
    await expect(findGate(api, 'zzzz', options)).rejects.toMatchObject({ message });
  });
});
