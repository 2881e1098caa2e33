import { describe, expect, it } from 'vitest';
import { ACTIONS, type Entry, entrySchema } from '#shared/audit/index.ts';

const HASH = 'A'.repeat(43);
const FULL = {
  v: 'audit/1',
  writer: 'invoice-approval.pay#01',
  n: 1,
  time: 0,
  workspace: 'acme',
  client: 'c1',
  project: 'p1',
  case: 'k1',
  actor: { kind: 'user', id: 'u1', for: 'u2', auth: 'oidc', session: 's1', origin: 'DE' },
  bundle: 'b'.repeat(64),
  action: 'gate.decide',
  outcome: 'denied',
  classes: ['internal', 'financial'],
  targets: [{ kind: 'gate', id: 'g1', rev: 2 }],
  why: {
    policies: ['p'],
    rules: [
      {
        rule: 'over-limit',
        hit: true,
        facts: { total: 5, name: 'x', known: true, none: null },
        says: 'total 5 is over 4',
      },
    ],
    decisions: ['d1'],
    rollout: 'supervised',
    code: 'gate.stale',
    reason: 'because',
  },
  changes: [
    {
      target: 'run#a#b#c',
      rev: 2,
      beforeC: HASH,
      afterC: null,
      diff: [
        { field: 'total', before: 1, after: { any: ['json'] } },
        {
          field: 'iban',
          class: 'financial',
          subject: 's1',
          sealedBefore: 'AQ',
          digestAfter: { bytes: 5_000, sha256: HASH },
        },
      ],
    },
  ],
  seals: { AQIDBAUGBwg: HASH },
  reads: ['total'],
  secrets: ['bank-token'],
  vendors: [
    {
      vendor: 'bank',
      host: 'bank.example',
      status: 200,
      secret: 'bank-token',
      request: HASH,
      response: HASH,
      intent: 0,
    },
  ],
  run: 'r1',
  step: 'pay',
  attempt: 0,
  trace: 't1',
} satisfies Entry;
const LEAST = {
  v: 'audit/1',
  writer: 'w#1',
  n: 1,
  time: 0,
  workspace: 'acme',
  actor: { kind: 'service', id: 'w' },
  bundle: 'b'.repeat(64),
  action: 'run.start',
  outcome: 'ok',
} satisfies Entry;

type Path = readonly (string | number)[];

/** Every object inside a value, by its path. */
function objects(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, member]) =>
    objects(member, [...path, Array.isArray(value) ? Number(key) : key]),
  );
  return Array.isArray(value) ? inner : [path, ...inner];
}

function changed(path: Path, value: unknown): unknown {
  const copy = structuredClone(FULL) as unknown as Record<string | number, never>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as never;
  at[path.at(-1) as string] = value as never;
  return copy;
}

const open: readonly string[] = ['why.rules.0.facts', 'seals', 'changes.0.diff.0.after'];
const accepts = (value: unknown) => entrySchema.safeParse(value).success;

describe('the form of an entry', () => {
  it('accepts the fullest and the least entry', () => {
    expect(entrySchema.parse(FULL)).toEqual(FULL);
    expect(entrySchema.parse(LEAST)).toEqual(LEAST);
  });

  it.each(objects(FULL).filter((path) => !open.includes(path.join('.'))))(
    'is closed: nothing can be added at %j',
    (...path) => {
      expect(accepts(changed([...(path as Path), 'extra'], 1))).toBe(false);
    },
  );

  it('is closed at its top as well', () => {
    expect(accepts({ ...FULL, extra: 1 })).toBe(false);
  });

  it.each(Object.keys(LEAST))('does not do without %s', (key) => {
    expect(accepts({ ...LEAST, [key]: undefined })).toBe(false);
  });

  it.each<[Path, unknown]>([
    [['v'], 'audit/2'],
    [['writer'], ''],
    [['n'], 0],
    [['n'], 1.5],
    [['time'], -1],
    [['time'], 0.5],
    [['workspace'], 'x'.repeat(257)],
    [['actor', 'kind'], 'admin'],
    [['actor', 'auth'], ''],
    [['direction'], 'sideways'],
    [['bundle'], 'B'.repeat(64)],
    [['bundle'], 'b'.repeat(63)],
    [['action'], 'step.undo-everything'],
    [['action'], 'toString'],
    [['outcome'], 'maybe'],
    [['classes', 0], 'secret'],
    [['why', 'reason'], 'x'.repeat(2_001)],
    [['why', 'rules', 0, 'facts', 'total'], 0.5],
    [['why', 'rules', 0, 'facts', 'total'], { nested: 1 }],
    [['changes', 0, 'rev'], 0],
    [['changes', 0, 'beforeC'], 'A'.repeat(42)],
    [['changes', 0, 'afterC'], undefined],
    [['changes', 0, 'diff', 1, 'class'], 'internal'],
    [['changes', 0, 'diff', 1, 'sealedBefore'], 'a b'],
    [['changes', 0, 'diff', 1, 'digestAfter', 'sha256'], 'A'.repeat(44)],
    [['seals', 'AQIDBAUGBwg'], 'short'],
    [['vendors', 0, 'request'], 'A'.repeat(42)],
    [['attempt'], -1],
  ])('refuses %j as %j', (path, value) => {
    expect(accepts(changed(path, value))).toBe(false);
  });

  it.each(Object.keys(ACTIONS))('knows the action %s, and says what it means', (action) => {
    expect(accepts({ ...LEAST, action })).toBe(true);
    expect(ACTIONS[action as keyof typeof ACTIONS].means).toMatch(/^\w.{10,}[^.]$/);
  });
});
