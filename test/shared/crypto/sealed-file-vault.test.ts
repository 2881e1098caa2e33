import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createKeyFile, openKeyFile } from '#shared/crypto/adapters/key-file.ts';
import { SealedFileVault } from '#shared/crypto/adapters/sealed-file-vault.ts';
import { systemRandom } from '#shared/kernel/index.ts';
import { describeSecretVault } from '../../contracts/secret-vault.ts';

const SECRET = 'bank-token-5d1f0c';
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'writ-vault-'));
  path = join(folder, 'vault.json');
  createKeyFile(join(folder, 'root.key'), systemRandom());
});
afterEach(() => rmSync(folder, { recursive: true }));

const vault = () =>
  new SealedFileVault(path, openKeyFile(join(folder, 'root.key'), systemRandom()), systemRandom());

describeSecretVault('in a sealed file', () => ({
  open: vault,
  put: (name, value) => vault().put(name, value),
  advance: () => {}, // nothing in it goes by time
  close: () => {},
}));

describe('a vault in a sealed file', () => {
  it('gives a secret at once that another process replaced', async () => {
    const reader = vault();
    await vault().put('bank', SECRET);
    expect(await reader.get('bank')).toBe(SECRET);
    await vault().put('bank', 'rotated');
    expect(await reader.get('bank')).toBe('rotated');
  });

  it('says that there is no secret when there is no file', async () => {
    await expect(vault().get('bank')).rejects.toMatchObject({
      code: 'secret.missing',
      facts: { secret: 'bank' },
    });
  });

  it('holds no secret in the clear, and only its owner may read it', async () => {
    await vault().put('bank', SECRET);
    expect(readFileSync(path, 'utf8')).not.toMatch(/5d1f0c|bank-token/);
    expect(readFileSync(path, 'utf8')).not.toContain(
      Buffer.from(SECRET).toString('base64url').slice(0, 16),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('does not give one secret under the name of another', async () => {
    await vault().put('bank', SECRET);
    await vault().put('mail', 'other');
    const file = JSON.parse(readFileSync(path, 'utf8'));
    file.secrets.mail = file.secrets.bank;
    writeFileSync(path, JSON.stringify(file));
    await expect(vault().get('mail')).rejects.toMatchObject({ code: 'secret.missing' });
  });

  it('does not open under another key file', async () => {
    await vault().put('bank', SECRET);
    rmSync(join(folder, 'root.key'));
    createKeyFile(join(folder, 'root.key'), systemRandom());
    await expect(vault().get('bank')).rejects.toMatchObject({ code: 'keys.refused' });
  });

  it('replaces the file whole: whoever has the old one open still reads the old one whole', async () => {
    await vault().put('bank', SECRET);
    const before = statSync(path).ino;
    await vault().put('bank', 'rotated');
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(folder).sort()).toEqual(['root.key', 'vault.json']);
  });

  it('is not harmed by a replacement that never finished', async () => {
    await vault().put('bank', SECRET);
    writeFileSync(`${path}.next`, '{"v":"vau');
    expect(await vault().get('bank')).toBe(SECRET);
    await vault().put('mail', 'other');
    expect([await vault().get('bank'), await vault().get('mail')]).toEqual([SECRET, 'other']);
  });

  it('keeps both of two secrets that are put at the same time', async () => {
    const one = vault();
    await Promise.all([one.put('bank', SECRET), one.put('mail', 'other')]);
    expect([await vault().get('bank'), await vault().get('mail')]).toEqual([SECRET, 'other']);
  });
});
