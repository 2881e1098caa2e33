import { describe, expect, it } from 'vitest';
import { type AccessRequest, PERMISSIONS } from '#shared/access/index.ts';
import { draw, personOf, requestOf, rolesOf } from './generate.ts';
import { oracle } from './oracle.ts';
import { policies } from './people.ts';

/**
 * Each company has custom roles of its own, and every set of them is parsed: that takes the time.
 */
const COMPANIES = process.env.WRIT_SOAK === undefined ? 50 : 250;
const EACH = 200;

describe(`${(COMPANIES * EACH).toLocaleString('en')} generated people and things`, () => {
  const engine = policies();
  const d = draw(20_261_122);

  const asked: {
    request: AccessRequest;
    allowed: boolean;
    policies: readonly string[];
    expected: boolean;
  }[] = [];

  for (let company = 0; company < COMPANIES; company++) {
    const roles = rolesOf(d);
    for (let i = 0; i < EACH; i++) {
      const request = requestOf(d, personOf(d, roles));
      asked.push({ request, ...engine.authorize(request), expected: oracle(request) });
    }
  }

  it('leak nothing: nobody is allowed what the sentences about roles do not allow', () => {
    expect(asked.filter(({ allowed, expected }) => allowed && !expected)).toEqual([]);
  });

  it('withhold nothing that the sentences allow', () => {
    expect(asked.filter(({ allowed, expected }) => !allowed && expected)).toEqual([]);
  });

  it('are drawn so that every permission is often allowed and often denied', () => {
    expect(asked).toHaveLength(COMPANIES * EACH);

    for (const permission of Object.keys(PERMISSIONS)) {
      const of = asked.filter(({ request }) => request.permission === permission);
      const allowed = of.filter((one) => one.allowed).length;

      expect([permission, allowed > 15, of.length - allowed > 60]).toEqual([
        permission,
        true,
        true,
      ]);
    }
  });

  it('are drawn so that custom roles, and what is forbidden, often decide', () => {
    const by = (prefix: string, allowed: boolean) =>
      asked.filter(
        (one) =>
          one.allowed === allowed &&
          one.policies.length > 0 &&
          one.policies.every((id) => id.startsWith(prefix)),
      ).length;

    expect(by('role.', true)).toBeGreaterThan(200);

    expect(
      asked.filter(
        ({ request, allowed, policies: [by] }) =>
          request.permission === 'gate.decide' && allowed && by?.startsWith('role.'),
      ).length,
    ).toBeGreaterThan(10);

    expect(by('forbidden.', false)).toBeGreaterThan(200);

    for (const id of [...engine.says.keys()].filter((one) => one.startsWith('forbidden.')))
      expect([id, by(id, false) > 20]).toEqual([id, true]);

    expect(by('wall', false)).toBeGreaterThan(1_000);
    expect(
      asked.filter(({ request: { principal } }) => principal.customRoles.length > 0).length,
    ).toBeGreaterThan(3_000);
  });

  it('count the roles that are not valid, and nothing else fails', () => {
    expect(engine.failures.count).toBeGreaterThan(100);
    expect(asked.filter((one) => 'failed' in one)).toEqual([]);
  });
});
