import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readShownVersion, storeShownVersion } from '#cli/client/shown-gates.ts';
import { temporaryFolder } from '../../support/bench.ts';

afterEach(() => vi.unstubAllEnvs());
const FILE = 'seen-gates.json';
const by = (person: string, data: string) => ({ as: person, data });

describe('what a gate was shown as', () => {
  it('is remembered for whoever looked, the last time', () => {
    const folder = temporaryFolder();
    const clerk = by('sample-clerk', folder);

    storeShownVersion(clerk, 'gate-1', 'a');
    storeShownVersion(clerk, 'gate-2', 'b');
    storeShownVersion(clerk, 'gate-1', 'c');
    expect([
      readShownVersion(clerk, 'gate-1'),
      readShownVersion(clerk, 'gate-2'),
      readShownVersion(clerk, 'gate-3'),
    ]).toEqual(['c', 'b', undefined]);

    expect(readShownVersion(by('sample-approver', folder), 'gate-1')).toBeUndefined();
    vi.stubEnv('WRIT_TOKEN', 'a-token');
    expect(readShownVersion({ data: folder }, 'gate-1')).toBeUndefined();
    storeShownVersion({ data: folder }, 'gate-1', 'd');
    expect([
      readShownVersion({ data: folder }, 'gate-1'),
      readShownVersion(clerk, 'gate-1'),
    ]).toEqual(['d', 'c']);
  });

  it('is remembered for the account of a token, so that one who looked is not another who decides', () => {
    const folder = temporaryFolder();
    const token = (sub: string, iat: number) =>
      ['{}', JSON.stringify({ iss: 'https://login.example.com', sub, iat })]
        .map((part) => Buffer.from(part).toString('base64url'))
        .join('.');

    vi.stubEnv('WRIT_TOKEN', token('auditor', 1));
    storeShownVersion({ data: folder }, 'gate-1', 'a');
    vi.stubEnv('WRIT_TOKEN', token('approver', 1));
    expect(readShownVersion({ data: folder }, 'gate-1')).toBeUndefined();
    vi.stubEnv('WRIT_TOKEN', token('auditor', 2)); // a later one of the same
    expect(readShownVersion({ data: folder }, 'gate-1')).toBe('a');
  });

  it('is kept for its owner alone, with no token, whole', () => {
    const folder = temporaryFolder();
    vi.stubEnv('WRIT_TOKEN', 'a-token');
    storeShownVersion({ data: folder }, 'gate-1', 'a');
    expect(readdirSync(folder)).toEqual([FILE]);
    expect(statSync(join(folder, FILE)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, FILE), 'utf8')).not.toContain('a-token');
  });

  it('is forgotten after two hundred others', () => {
    const clerk = by('sample-clerk', temporaryFolder());
    for (let i = 0; i <= 200; i++) storeShownVersion(clerk, `gate-${i}`, 'a');
    expect([
      readShownVersion(clerk, 'gate-0'),
      readShownVersion(clerk, 'gate-1'),
      readShownVersion(clerk, 'gate-200'),
    ]).toEqual([undefined, 'a', 'a']);
  });

  it.each([
    '',
    '{}',
    '[]',
    '{"v":"seen-gates/1","gates":{}}',
    '{"v":"seen-gates/1","gates":[{"by":"person sample-clerk","gate":"gate-1"}]}',
  ])('is not taken from a file that is not ours, and such a file is replaced: %o', (text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, FILE), text);
    const clerk = by('sample-clerk', folder);
    expect(readShownVersion(clerk, 'gate-1')).toBeUndefined();
    storeShownVersion(clerk, 'gate-1', 'a');
    expect(readShownVersion(clerk, 'gate-1')).toBe('a');
  });

  it('is refused where it cannot be kept', () => {
    const folder = join(temporaryFolder(), 'not-there');
    const refused = expect.objectContaining({ code: 'session.folder' });
    expect(() => storeShownVersion(by('sample-clerk', folder), 'gate-1', 'a')).toThrow(refused);
    mkdirSync(join(folder, FILE), { recursive: true });
    expect(() => storeShownVersion(by('sample-clerk', folder), 'gate-1', 'a')).toThrow(refused);
  });
});
