import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import type { IssuerKeys } from '#shared/identity/index.ts';

/** Keys of an issuer, and what the issuer itself can do. */
export interface IssuerKeysUnderTest {
  readonly keys: IssuerKeys;
  /** A token, signed with the newest key. */
  sign(): Promise<string>;
  /** When a token is judged. */
  readonly now: number;
  /** Takes a new key and publishes no other. Absent where the key is one for good. */
  readonly rotate?: () => Promise<void>;
  /** Publishes nothing any more. Absent where issuer and reader are one process. */
  readonly stop?: () => void;
  close(): void;
}

/** Members of private and secret keys. RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1. */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** What every adapter of the {@link IssuerKeys} port promises. */
export function describeIssuerKeys(name: string, open: () => Promise<IssuerKeysUnderTest>): void {
  describe(`keys of an issuer: ${name}`, () => {
    const closing: (() => void)[] = [];

    afterEach(() => {
      for (const close of closing.splice(0)) close();
    });

    async function opened() {
      const under = await open();
      closing.push(() => under.close());
      const checks = async (token: string) =>
        jwtVerify(token, createLocalJWKSet((await under.keys.read()) as unknown as JSONWebKeySet), {
          currentDate: new Date(under.now),
        });
      return { ...under, checks };
    }

    it('gives the keys that the issuer signs with now, each with an id', async () => {
      const { keys, sign, checks } = await opened();
      const { protectedHeader } = await checks(await sign());
      const ids = (await keys.read()).keys.map(({ kid }) => kid);
      expect(ids).toContain(protectedHeader.kid);
      expect(ids).not.toContain(undefined);
    });

    it('gives nothing but public keys', async () => {
      const { keys } = await opened();
      const members = (await keys.read()).keys.flatMap((key) => Object.keys(key));
      expect(members).toContain('kty');
      expect(members.filter((member) => PRIVATE.includes(member))).toEqual([]);
    });

    it('gives a new key at the next read, and one that was taken back no more', async () => {
      const { rotate, sign, checks } = await opened();
      const old = await sign();
      await checks(old);
      if (rotate === undefined) return;
      await rotate();
      await checks(await sign());
      await expect(checks(old)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    });

    it('says so when they cannot be had', async () => {
      const { keys, stop } = await opened();
      await keys.read();

      if (stop === undefined) return;

      stop();

      for (let i = 0; i < 2; i++)
        await expect(keys.read()).rejects.toMatchObject({
          code: 'identity.unavailable',
          fate: 'retry',
        });
    });
  });
}
