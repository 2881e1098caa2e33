import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretVault } from '#shared/crypto/index.ts';
import { MINUTE } from '#shared/kernel/index.ts';

/** An empty vault. */
export interface SecretVaultUnderTest {
  /** The vault as another process opens it: what it remembers is its own. */
  open(): SecretVault;
  /** Puts a secret, or replaces one. */
  put(name: string, value: string): Promise<void>;
  /** Puts a version of a secret that is not the current one yet, where there are versions. */
  pend?(name: string, value: string): Promise<void>;
  /** Lets time pass. */
  advance(ms: number): void;
  /** Puts the vault out of reach, and back; where it can be. */
  readonly outage?: { begin(): void; end(): void };
  close(): void | Promise<void>;
}

const missing = (secret: string) => ({ code: 'secret.missing', fate: 'refuse', facts: { secret } });
const unavailable = { code: 'secret.unavailable', fate: 'retry' };
/** The longest that a value may be given out after it was replaced. */
const STALE_MS = 5 * MINUTE;

/** What not every adapter can do, so that what is about it is tested only where it can happen. */
export interface SecretVaultAbilities {
  /** It can be out of reach: `outage` is there. */
  readonly outage?: boolean;
  /** It has versions of a secret: `pend` is there. */
  readonly versions?: boolean;
}

/** What every {@link SecretVault} promises. */
export function describeSecretVault(
  name: string,
  start: () => SecretVaultUnderTest | Promise<SecretVaultUnderTest>,
  abilities: SecretVaultAbilities = {},
): void {
  describe(`the vault ${name}`, () => {
    let under: SecretVaultUnderTest;
    let vault: SecretVault;

    beforeEach(async () => {
      under = await start();
      vault = under.open();
      await under.put('bank', 'bank-token-5d1f0c');
    });

    afterEach(() => under.close());

    it('gives back what was put, each under its name, also to whoever opens it later', async () => {
      await under.put('mail', 'other');
      for (const opened of [vault, under.open(), vault]) {
        expect([await opened.get('bank'), await opened.get('mail')]).toEqual([
          'bank-token-5d1f0c',
          'other',
        ]);
      }
    });

    it.each([
      ['that is not ASCII', 'ünï\n"quoted" \u0000 日本 🔑'],
      ['with spaces and line ends around it', ' \t-----BEGIN KEY-----\r\n\n '],
      ['of 64 KiB', 'k'.repeat(65_536)],
      ['that looks like JSON', '{"token":"x"}'],
      ['of one letter', 'x'],
    ])('gives back a value %s letter for letter', async (_, value) => {
      await under.put('odd', value);
      expect((await vault.get('odd')) === value).toBe(true);
    });

    it.each([
      'mail',
      '',
      'bank ',
      ' bank',
      'BANK',
      'ban',
      'bank/x',
      '../bank',
      'constructor',
      'toString',
      '__proto__',
    ])('says that there is no secret %j', async (other) => {
      await expect(vault.get(other)).rejects.toMatchObject(missing(other));
      await expect(vault.get(other, { fresh: true })).rejects.toMatchObject(missing(other));
      expect(await vault.get('bank')).toBe('bank-token-5d1f0c');
    });

    it('finds a secret that was put after it was asked for', async () => {
      await expect(vault.get('mail')).rejects.toMatchObject(missing('mail'));
      await under.put('mail', 'other');
      expect(await vault.get('mail')).toBe('other');
    });

    it('gives a rotated secret within five minutes', async () => {
      await vault.get('bank');
      await under.put('bank', 'rotated');
      under.advance(STALE_MS);
      expect(await vault.get('bank')).toBe('rotated');
    });

    it('does not take the use of a secret for a reason to give an old one longer', async () => {
      await vault.get('bank');
      await under.put('bank', 'rotated');
      for (let minute = 0; minute < 5; minute++) {
        await vault.get('bank');
        under.advance(MINUTE);
      }
      expect(await vault.get('bank')).toBe('rotated');
    });

    it('gives a rotated secret at once when a fresh one is asked for, and from then on', async () => {
      await vault.get('bank');
      await under.put('bank', 'rotated');
      expect(await vault.get('bank', { fresh: true })).toBe('rotated');
      expect(await vault.get('bank')).toBe('rotated');
    });

    if (abilities.versions === true) {
      it('does not give out a version that is not the current one yet', async () => {
        await under.pend!('bank', 'half rotated');
        expect(await vault.get('bank')).toBe('bank-token-5d1f0c');
        expect(await vault.get('bank', { fresh: true })).toBe('bank-token-5d1f0c');
      });
    }

    it('mixes up nothing when it is asked for many at the same time', async () => {
      await under.put('mail', 'other');

      const asked = ['bank', 'mail', 'bank', 'none', 'mail', 'bank'];
      const answers = await Promise.allSettled(
        asked.map((secret, i) => vault.get(secret, { fresh: i % 2 === 0 })),
      );

      expect(
        answers.map((answer) =>
          answer.status === 'fulfilled' ? answer.value : answer.reason.code,
        ),
      ).toEqual([
        'bank-token-5d1f0c',
        'other',
        'bank-token-5d1f0c',
        'secret.missing',
        'other',
        'bank-token-5d1f0c',
      ]);
    });

    if (abilities.outage === true) {
      it('says that it is out of reach, not that a secret is missing, and gives out nothing past its time', async () => {
        await vault.get('bank');
        under.outage!.begin();
        await expect(vault.get('mail')).rejects.toMatchObject(unavailable);
        await expect(vault.get('bank', { fresh: true })).rejects.toMatchObject(unavailable);
        under.advance(STALE_MS);
        await expect(vault.get('bank')).rejects.toMatchObject(unavailable);
        under.outage!.end();
        expect(await vault.get('bank')).toBe('bank-token-5d1f0c');
      });
    }
  });
}
