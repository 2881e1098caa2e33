import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromBase64Url,
  isTokenRowOf,
  type KeyOwner,
  mintSubjectKey,
  mintWorkspaceKey,
  subjectKeyTarget,
  subjectOfToken,
  toBase64Url,
  tokenOfKeyRow,
  tokenRow,
  tokenTarget,
  tombstone,
  unwrapSubjectKey,
  workspaceKeyTarget,
} from '#shared/crypto/index.ts';
import { canonicalJson, type Json, seededRandom } from '#shared/kernel/index.ts';
import { isTarget } from '#shared/ledger/index.ts';

const OWNER: KeyOwner = { workspace: 'acme', class: 'financial', subjectRef: 'k3v9x0m2' };
const WORKSPACE_KEY = seededRandom('workspace key').bytes(32);
const TOKEN = `token#acme#supplier.${'x'.repeat(43)}`;
const refused = expect.objectContaining({ code: 'keys.refused', fate: 'refuse' });

const mint = (owner: KeyOwner = OWNER) =>
  mintSubjectKey(owner, WORKSPACE_KEY, TOKEN, seededRandom('mint'));

describe("a subject's key row", () => {
  it('opens to the key that was minted', () => {
    const { row, key } = mint();
    expect(unwrapSubjectKey(OWNER, WORKSPACE_KEY, row.body)).toEqual(Buffer.from(key));
    expect(key).toHaveLength(32);
  });

  it('is named by class, workspace and subject, in a form the ledger accepts', () => {
    expect(mint().row.target).toBe('key#financial#acme#k3v9x0m2');
    expect(mint().row.target).toBe(subjectKeyTarget('acme', 'financial', 'k3v9x0m2'));
    expect(isTarget(mint().row.target)).toBe(true);
  });

  it('leads to its directory row, so that shredding finds it', () => {
    expect(tokenOfKeyRow(mint().row.body)).toBe(TOKEN);
  });

  it('holds the key only wrapped', () => {
    const { row, key } = mint();
    expect(canonicalJson(row.body)).not.toContain(toBase64Url(key));
    expect(fromBase64Url((row.body as { wrapped: string }).wrapped).length).toBe(12 + 32 + 16);
  });

  it.each<[string, Partial<KeyOwner>]>([
    ['workspace', { workspace: 'acmf' }],
    ['class', { class: 'health' }],
    ['subject', { subjectRef: 'k3v9x0m3' }],
  ])('does not open for another %s', (_, other) => {
    expect(() => unwrapSubjectKey({ ...OWNER, ...other }, WORKSPACE_KEY, mint().row.body)).toThrow(
      refused,
    );
  });

  it('does not open under another key, or with any one bit flipped', () => {
    const { row } = mint();

    expect(() => unwrapSubjectKey(OWNER, seededRandom('another').bytes(32), row.body)).toThrow(
      refused,
    );

    const wrapped = fromBase64Url((row.body as { wrapped: string }).wrapped);

    fc.assert(
      fc.property(fc.nat(wrapped.length * 8 - 1), (bit) => {
        const bent = Buffer.from(wrapped);
        bent[bit >> 3] = (bent[bit >> 3] as number) ^ (1 << (bit & 7));

        expect(() =>
          unwrapSubjectKey(OWNER, WORKSPACE_KEY, {
            ...(row.body as object),
            wrapped: toBase64Url(bent),
          } as Json),
        ).toThrow(refused);
      }),
    );
  });

  it('is refused when it holds no key', () => {
    for (const body of [
      { v: 'key/1', kind: 'subject' },
      { v: 'key/1', kind: 'subject', wrapped: '' },
    ]) {
      expect(() => unwrapSubjectKey(OWNER, WORKSPACE_KEY, body)).toThrow(refused);
    }
  });
});

describe('a tombstone', () => {
  it('says that the subject was erased, whoever asks', () => {
    const { body } = tombstone(mint().row.target, 1_000);
    expect(() => unwrapSubjectKey(OWNER, WORKSPACE_KEY, body)).toThrow(
      expect.objectContaining({ code: 'subject.erased', facts: { subjectRef: 'k3v9x0m2' } }),
    );
  });

  it('holds nothing of what it replaces but its name and the time', () => {
    expect(tombstone(mint().row.target, 1_000)).toEqual({
      target: 'key#financial#acme#k3v9x0m2',
      body: { v: 'key/1', kind: 'tombstone', at: 1_000 },
    });
    expect(tokenOfKeyRow(tombstone(mint().row.target, 1).body)).toBeUndefined();
  });
});

describe("a subject's token", () => {
  const key = seededRandom('token key').bytes(32);
  const base = tokenTarget(key, 'acme', 'supplier', 'DE811907980');
  const row = (seed = 'row') => tokenRow(base, 'k3v9x0m2', seededRandom(seed));

  it('is the same for the same subject, so that it is found again', () => {
    expect(tokenTarget(Uint8Array.from(key), 'acme', 'supplier', 'DE811907980')).toBe(base);
    expect(subjectOfToken(base, row().body)).toBe('k3v9x0m2');
  });

  it('is a name that the ledger accepts, whatever the subject is known by', () => {
    fc.assert(
      fc.property(fc.string(), (knownBy) => {
        expect(isTarget(tokenTarget(key, 'acme', 'supplier', knownBy))).toBe(true);
      }),
    );
  });

  it('differs by workspace, kind, value and key', () => {
    const others = [
      tokenTarget(key, 'acmf', 'supplier', 'DE811907980'),
      tokenTarget(key, 'acme', 'contact', 'DE811907980'),
      tokenTarget(key, 'acme', 'supplier', 'DE811907981'),
      tokenTarget(seededRandom('another').bytes(32), 'acme', 'supplier', 'DE811907980'),
    ];

    expect(new Set([base, ...others]).size).toBe(5);

    const secretPart = (target: string) => target.split('.')[1];
    expect(secretPart(others[1] as string)).not.toBe(secretPart(base));
  });

  it('does not show what the subject is known by', () => {
    expect(base).not.toContain('811907980');
  });

  it('leads to a subject only in the row that was made for it', () => {
    const other = tokenTarget(key, 'acme', 'supplier', 'DE811907981');

    expect([isTokenRowOf(base, row().body), isTokenRowOf(other, row().body)]).toEqual([
      true,
      false,
    ]);

    expect(() => subjectOfToken(other, row().body)).toThrow(refused);

    for (const body of [null, 'text', {}, { v: 'token/1', kind: 'token', subject: 'k3v9x0m2' }])
      expect(isTokenRowOf(base, body)).toBe(false);

    expect(() =>
      subjectOfToken(base, { v: 'token/1', kind: 'token', subject: 'k3v9x0m2' }),
    ).toThrow(refused);
  });

  it('does not stand in its row, which cannot be told from the key and the subject: the trail keeps a hash of it for good', () => {
    expect(canonicalJson(row().body)).not.toContain(base.split('.')[1]);
    expect(canonicalJson(row('one').body)).not.toBe(canonicalJson(row('two').body));
    expect(fromBase64Url((row().body as { salt: string }).salt)).toHaveLength(16);
  });

  it('leads to what else its row was made to lead to', () => {
    expect(tokenRow(base, 'k3v9x0m2', seededRandom('row'), { person: 'p1' }).body).toEqual({
      ...(row().body as object),
      person: 'p1',
    });
  });
});

describe("a workspace's key row", () => {
  it('is named by class or purpose, and holds what the key service wrapped', async () => {
    const wrapped = Uint8Array.of(1, 2, 3);
    const service = {
      generate: async () => ({ key: new Uint8Array(32), wrapped }),
      unwrap: async () => new Uint8Array(32),
    };

    expect(await mintWorkspaceKey(service, { workspace: 'acme', class: 'health' })).toEqual({
      target: 'key#health#acme',
      body: { v: 'key/1', kind: 'workspace', wrapped: 'AQID' },
    });

    expect(workspaceKeyTarget({ workspace: 'acme', purpose: 'run-id' })).toBe('key#run-id#acme');
    expect(['key#health#acme', 'key#run-id#acme'].every(isTarget)).toBe(true);
  });
});
