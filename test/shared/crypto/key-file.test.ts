import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import type { KeyContext } from '#shared/crypto/index.ts';
import { seededRandom, systemRandom } from '#shared/kernel/index.ts';
import { describeKeyService } from '../../contracts/key-service.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-key-'));
  path = join(folder, 'root.key');
});
afterEach(() => rmSync(folder, { recursive: true }));

const HEALTH: KeyContext = { workspace: 'acme', class: 'health' };
const badFile = expect.objectContaining({ code: 'keys.file', fate: 'stop' });
const open = () => openKeyFile(path, systemRandom());

describe('a key file', () => {
  it('is created so that only its owner may read it', () => {
    createKeyFile(path, systemRandom());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toMatch(/^writ key file\/1 [A-Za-z0-9_-]{43}\n$/);
  });

  it('is never overwritten', () => {
    createKeyFile(path, systemRandom());
    const before = readFileSync(path, 'utf8');
    expect(() => createKeyFile(path, systemRandom())).toThrow(
      expect.objectContaining({ code: 'EEXIST' }),
    );
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it.each([0o644, 0o640, 0o604, 0o620, 0o610])('is refused with the mode %o', (mode) => {
    createKeyFile(path, systemRandom());
    chmodSync(path, mode);
    expect(open).toThrow(badFile);
    expect(open).toThrow(`has mode ${mode.toString(8)}; allowed is 600`);
  });

  it('is told to be put back when it is missing', () => {
    expect(open).toThrow(badFile);
    expect(open).toThrow(/is missing/);
    expect(open).toThrow(
      expect.objectContaining({ help: expect.stringMatching(/^Put the key file back/) }),
    );
  });

  it.each([
    ['empty', ''],
    ['of another kind', 'hello'],
    ['of a later version', `writ key file/2 ${'A'.repeat(43)}\n`],
    ['too short', `writ key file/1 ${'A'.repeat(42)}\n`],
    ['too long', `writ key file/1 ${'A'.repeat(46)}\n`],
    ['without a key', 'writ key file/1 \n'],
  ])('is refused when it is %s, and its text is not repeated', (_, text) => {
    writeFileSync(path, text, { mode: 0o600 });
    expect(open).toThrow(badFile);
    expect(open).not.toThrow(/AAAA|hello/);
  });
});

describeKeyService('of a key file', () => {
  const [one, two] = [join(folder, 'one.key'), join(folder, 'two.key')];
  createKeyFile(one, systemRandom());
  createKeyFile(two, systemRandom());

  return {
    open: () => openKeyFile(one, systemRandom()),
    other: () => openKeyFile(two, systemRandom()),
    close: () => {},
  };
});

describe('keys wrapped under a key file', () => {
  it('do not open with any one byte altered, cut short anywhere, or under another file', async () => {
    createKeyFile(path, seededRandom('one'));

    const { wrapped } = await open().generate(HEALTH);
    for (let at = 0; at < wrapped.length; at++) {
      const bent = Uint8Array.from(wrapped, (byte, i) => (i === at ? byte ^ 1 : byte));
      await expect(open().unwrap(bent, HEALTH)).rejects.toMatchObject({ code: 'keys.refused' });
      await expect(open().unwrap(wrapped.subarray(0, at), HEALTH)).rejects.toMatchObject({
        code: 'keys.refused',
      });
    }

    rmSync(path);
    createKeyFile(path, seededRandom('two'));
    await expect(open().unwrap(wrapped, HEALTH)).rejects.toMatchObject({ code: 'keys.refused' });
  });
});
