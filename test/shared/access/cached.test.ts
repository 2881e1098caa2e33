import { describe, expect, it } from 'vitest';
import { type AccessRequest, cachedPolicies, type PolicyEngine } from '#shared/access/index.ts';
import { draw, personOf, requestOf, rolesOf } from './generate.ts';
import { crooked, holder, person, policies, role, thing } from './people.ts';

/** Answers each request with the request itself, so that an answer to another one shows. */
function echo() {
  const calls = { count: 0 };

  const engine: PolicyEngine = {
    authorize(request) {
      calls.count++;
      return { allowed: true, policies: [JSON.stringify(request)] };
    },
  };

  return { calls, cached: cachedPolicies(engine) };
}

const REQUEST: AccessRequest = {
  principal: holder([role('clerk', { permissions: ['run.read'], stages: ['review'] })], {
    attributes: { department: 'law' },
  }),
  permission: 'field.read',
  resource: thing('Gate', { attributes: { tier: 'gold' } }),
  class: 'public',
};

/**
 * The same object with every member in turn, at any depth, made another one, given a neighbour or
 * taken away.
 */
function variationsOf(value: unknown): unknown[] {
  if (typeof value === 'string')
    return [`${value}x`, value.slice(1), '', `1:${value}`, [value], undefined];
  if (Array.isArray(value)) {
    return [
      [...value, 'x'],
      value.slice(1),
      value.join(''),
      ...value.flatMap((item, i) => variationsOf(item).map((other) => value.with(i, other))),
    ];
  }

  const object = value as Record<string, unknown>;

  return Object.entries(object).flatMap(([name, member]) => [
    ...variationsOf(member).map((other) => ({ ...object, [name]: other })),
    Object.fromEntries(
      Object.entries(object).map(([other, kept]) => [other === name ? `${name}x` : other, kept]),
    ),
  ]);
}

describe('a kept decision', () => {
  it('is given again without being made again', () => {
    const { calls, cached } = echo();
    const first = cached.authorize(REQUEST);
    expect(cached.authorize(structuredClone(REQUEST))).toBe(first);
    expect(calls.count).toBe(1);
  });

  it('is never that of a request which differs in any one part', () => {
    const { cached } = echo();
    const variations = (variationsOf(REQUEST) as AccessRequest[]).filter(
      (one) => !('classx' in one),
    ); // the same as without a class

    expect(variations.length).toBeGreaterThan(150);

    for (const one of [REQUEST, ...variations, ...variations]) {
      expect(cached.authorize(one).policies).toEqual([JSON.stringify(one)]);
    }
  });

  it.each<[string, unknown, unknown]>([
    [
      'two roles and one that holds both names',
      person({ roles: ['a', 'b'] }),
      person({ roles: ['a1:b'] }),
    ],
    [
      'roles and workspaces',
      person({ roles: ['acme'], workspaces: [] }),
      person({ roles: [], workspaces: ['acme'] }),
    ],
    [
      'everywhere and a workspace called so',
      person({ workspaces: '*' }),
      person({ workspaces: ['*'] }),
    ],
    [
      'an attribute’s name and its value',
      person({ attributes: { ab: 'c' } }),
      person({ attributes: { a: 'bc' } }),
    ],
    ['a list and a text', person({ roles: ['a'] }), { ...person(), roles: 'a' }],
    ['no custom role and a role called so', person(), { ...person(), customRoles: ['-'] }],
    ['half a character and another half', person({ id: '\ud800' }), person({ id: '\udbff' })],
  ])('does not take for one another %s', (_, one, other) => {
    const { cached } = echo();
    for (const principal of [one, other, one]) {
      const request = crooked({ principal, permission: 'run.read', resource: thing('Run') });
      expect(cached.authorize(request).policies).toEqual([JSON.stringify(request)]);
    }
  });

  it('is what the policies say, for 3,000 drawn requests, each asked for several times', () => {
    const [real, cached] = [policies(), cachedPolicies(policies())];
    const d = draw(3);

    for (let company = 0; company < 30; company++) {
      const roles = rolesOf(d);
      const requests = Array.from({ length: 30 }, () => requestOf(d, personOf(d, roles)));
      const said = requests.map((request) => real.authorize(request));

      for (let i = 0; i < 100; i++) {
        const n = d.below(requests.length);
        expect(cached.authorize(structuredClone(requests[n]) as AccessRequest)).toEqual(said[n]);
      }
    }
  });

  it('is not kept when it failed, so that it is made again', () => {
    const answers = [
      { allowed: false, policies: [], failed: true as const },
      { allowed: true, policies: ['a'] },
    ];

    const cached = cachedPolicies({
      authorize: () => answers.shift() ?? { allowed: false, policies: [] },
    });

    expect([1, 2, 3].map(() => cached.authorize(REQUEST).allowed)).toEqual([false, true, true]);
  });

  it('is kept for 10,000 requests at most, those that were asked for last', () => {
    const { calls, cached } = echo();

    const ask = (i: number) =>
      cached.authorize({
        principal: person({ id: `p${i}` }),
        permission: 'run.read',
        resource: thing('Run'),
      });

    for (let i = 0; i < 20_000; i++) {
      ask(i);
      if (i % 1_000 === 0) ask(0); // asked for again and again: stays
    }

    expect(calls.count).toBe(20_000);
    for (const i of [0, 19_999, 15_001]) ask(i);

    expect(calls.count).toBe(20_000);
    for (let i = 1; i <= 10_000; i++) ask(i);

    expect(calls.count).toBe(30_000);
  });

  it('is not kept where the request is too long, or of no form, and is made each time', () => {
    const { calls, cached } = echo();
    const long = {
      principal: person({ id: 'x'.repeat(9_000) }),
      permission: 'run.read' as const,
      resource: thing('Run'),
    };

    for (const request of [
      long,
      long,
      crooked({ permission: 'run.read' }),
      crooked({ permission: 'run.read' }),
    ])
      cached.authorize(request);

    expect(calls.count).toBe(4);
  });
});
