import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LOCAL_AUDIENCE,
  LOCAL_ISSUER,
  type LocalIssuer,
  localIssuer,
} from '#functions/embedded/local-issuer.ts';
import { signInCode, signInCodePath } from '#functions/embedded/sign-in-code.ts';
import type { SignInAttempt } from '#functions/embedded/sign-in-entries.ts';
import { clientProof, platformProof } from '#functions/embedded/sign-in-proof.ts';
import { tokenVerifier } from '#shared/identity/index.ts';
import { ManualClock, MINUTE, SECOND, seededRandom, systemRandom } from '#shared/kernel/index.ts';
import { newFolder } from '../../shared/ledger/folder.ts';

const NOW = Date.UTC(2026, 0, 2);
const CODE = 'the-code-of-the-data-folder';
const ADDRESS = '127.0.0.1:8420';
const PEOPLE = ['sample-clerk', 'sample-approver'];

let clock: ManualClock;
let told: SignInAttempt[];
let issuer: LocalIssuer;
const open = (record: (one: SignInAttempt) => Promise<void> = async (one) => void told.push(one)) =>
  localIssuer({ code: CODE, people: PEOPLE, clock, random: systemRandom(), record });
beforeEach(async () => {
  clock = new ManualClock(NOW + 400);
  told = [];
  issuer = await open();
});

const verifierOf = (keys: LocalIssuer, of = LOCAL_ISSUER, audience = LOCAL_AUDIENCE) =>
  tokenVerifier({ issuer: of, audience: [audience], keys, clock });
/** Somebody who knows this code signs in, at this address. */
const signIn = (
  person = 'sample-clerk',
  code = CODE,
  at = ADDRESS,
  { challenge, signIn } = issuer,
) => {
  const terms = { challenge: challenge(), person, address: at };
  return signIn({ ...terms, address: ADDRESS, answer: clientProof(code, terms) });
};
const wrong = (person?: string) => signIn(person, 'wrong');

describe('signing in on one machine', () => {
  it('gives a sample person a token of fifteen minutes, and writes it down as the session that the token begins', async () => {
    const { token, expiresAt } = await signIn();
    const login = await verifierOf(issuer).verify(token);
    expect(login).toMatchObject({ issuer: LOCAL_ISSUER, subject: 'sample-clerk', issuedAt: NOW });
    expect(expiresAt - NOW).toBe(15 * MINUTE);
    expect(told).toEqual([{ outcome: 'ok', person: 'sample-clerk', session: login.session }]);
  });

  it('gives each time a session of its own', async () => {
    for (let i = 0; i < 3; i++) await signIn();
    expect(new Set(told.map(({ session }) => session)).size).toBe(3);
  });

  it('ends with the process: after a new start no token of before is taken', async () => {
    const { token } = await signIn();
    await expect(verifierOf(await open()).verify(token)).rejects.toMatchObject({
      code: 'identity.token',
    });
  });

  it('gives no token when it cannot be written down', async () => {
    const failing = await open(() => Promise.reject(new Error('the ledger is full')));
    await expect(signIn('sample-clerk', CODE, ADDRESS, failing)).rejects.toThrow(
      'the ledger is full',
    );
  });

  it.each(['', 'wrong', CODE.slice(0, -1), `${CODE} `, CODE.toUpperCase()])(
    'is refused with another code, and written down: "%s"',
    async (code) => {
      await expect(signIn('sample-clerk', code)).rejects.toMatchObject({
        code: 'sign-in.refused',
        fate: 'refuse',
      });
      expect(told).toEqual([
        { outcome: 'denied', code: 'sign-in.refused', person: 'sample-clerk', count: 1 },
      ]);
    },
  );

  it('is refused to anybody else, of whom nothing that was typed is written down', async () => {
    await expect(signIn('Mallory <x>')).rejects.toMatchObject({ code: 'sign-in.person' });
    await expect(wrong('Mallory <x>')).rejects.toMatchObject({ code: 'sign-in.refused' });
    expect(told).toEqual([
      { outcome: 'denied', code: 'sign-in.person' },
      { outcome: 'denied', code: 'sign-in.refused', count: 1 },
    ]);
  });

  it('takes the right answer however many wrong ones came, so nobody can lock another out', async () => {
    for (let i = 0; i < 10; i++)
      await expect(wrong()).rejects.toMatchObject({ code: 'sign-in.refused' });

    for (let i = 0; i < 100; i++)
      await expect(wrong()).rejects.toMatchObject({ code: 'sign-in.too-many', fate: 'refuse' });

    expect(await signIn()).toMatchObject({ token: expect.any(String) });
    await expect(wrong()).rejects.toMatchObject({ code: 'sign-in.too-many' });
    clock.advance(MINUTE);
    await expect(wrong()).rejects.toMatchObject({ code: 'sign-in.refused' });
  });

  it('takes no answer that was made for another address: whoever listens elsewhere can pass it on for nothing', async () => {
    for (const address of ['127.0.0.1:8421', 'localhost:8420', '[::1]:8420', ''])
      await expect(signIn('sample-clerk', CODE, address)).rejects.toMatchObject({
        code: 'sign-in.refused',
      });
  });

  it('takes no answer that was made for another person', async () => {
    const terms = { challenge: issuer.challenge(), person: 'sample-clerk', address: ADDRESS };
    const answer = clientProof(CODE, terms);
    await expect(
      issuer.signIn({ ...terms, person: 'sample-approver', answer }),
    ).rejects.toMatchObject({ code: 'sign-in.refused' });
  });

  it('takes an answer once', async () => {
    const terms = { challenge: issuer.challenge(), person: 'sample-clerk', address: ADDRESS };
    const given = { ...terms, answer: clientProof(CODE, terms) };
    expect(await issuer.signIn(given)).toMatchObject({ token: expect.any(String) });
    await expect(issuer.signIn(given)).rejects.toMatchObject({ code: 'sign-in.refused' });
  });

  it('proves that it knows the code, for this sign-in and this token', async () => {
    const terms = { challenge: issuer.challenge(), person: 'sample-clerk', address: ADDRESS };
    const { token, proof } = await issuer.signIn({ ...terms, answer: clientProof(CODE, terms) });
    expect(proof).toBe(platformProof(CODE, terms, token));

    const others = [
      platformProof('wrong', terms, token),
      platformProof(CODE, { ...terms, challenge: 'another' }, token),
      platformProof(CODE, { ...terms, address: '127.0.0.1:1' }, token),
      platformProof(CODE, terms, 'another'),
      clientProof(CODE, terms),
    ];

    expect(others).not.toContain(proof);
  });

  it('writes at most ten entries a minute of wrong answers, however many come, and counts the rest', async () => {
    for (let minute = 0; minute < 2; minute++) {
      for (let i = 0; i < 100; i++) await wrong().catch(() => {});
      clock.advance(MINUTE);
    }

    expect(told).toHaveLength(20);
    await signIn();
    expect(told.slice(20)).toEqual([
      { outcome: 'denied', code: 'sign-in.too-many', count: 90 },
      { outcome: 'ok', person: 'sample-clerk', session: expect.any(String) },
    ]);

    expect(
      told.reduce((sum, { outcome, count = 1 }) => sum + (outcome === 'denied' ? count : 0), 0),
    ).toBe(200);
  });
});

describe('a token of one machine', () => {
  it('is taken by no verifier of a deployment: its issuer is no https address', async () => {
    const { token } = await signIn();
    // even one that got hold of this machine's keys, or was meant for the same audience
    for (const audience of ['api', LOCAL_AUDIENCE])
      await expect(
        verifierOf(issuer, 'https://login.example.com', audience).verify(token),
      ).rejects.toMatchObject({
        code: 'identity.token',
        facts: { why: 'issuer' },
      });

    expect(LOCAL_ISSUER).not.toMatch(/^https?:/);
  });

  it('is known to nothing that is deployed', () => {
    const sources = ['functions', 'shared', 'infra']
      .flatMap((folder) =>
        readdirSync(folder, { recursive: true, encoding: 'utf8' })
          .filter((file) => /\.m?[jt]s$/.test(file))
          .map((file) => join(folder, file)),
      )
      .filter((file) => !file.startsWith('functions/embedded/'));

    expect(sources).toContain('functions/http/people/operations.ts');

    const naming = sources.filter((file) =>
      /local-issuer|functions\/embedded\/|\.\/embedded\/|sign-in-|SignIn|this-machine|LOCAL_ISSUER/.test(
        readFileSync(file, 'utf8'),
      ),
    );

    expect(naming).toEqual([]);
  });
});

describe('the sign-in code of a data folder', () => {
  let folder: string;
  let discard: () => void;

  beforeEach(() => {
    ({ folder, discard } = newFolder());
  });
  afterEach(() => discard());

  it('is made once, has 160 random bits, and only its owner can read it', () => {
    const code = signInCode(folder, systemRandom());
    expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{32}$/);
    expect(signInCode(folder, systemRandom())).toBe(code);
    expect(statSync(signInCodePath(folder)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['sign-in.code']);
  });

  it('is another for another folder', () => {
    const other = newFolder();
    expect(signInCode(other.folder, seededRandom('b'))).not.toBe(
      signInCode(folder, seededRandom('a')),
    );
    other.discard();
  });

  it('is not taken from a file that others can read, or that holds something else', () => {
    const path = signInCodePath(folder);

    signInCode(folder, systemRandom());
    chmodSync(path, 0o640);
    expect(() => signInCode(folder, systemRandom())).toThrow(
      expect.objectContaining({ code: 'sign-in.file' }),
    );
    chmodSync(path, 0o600);

    for (const text of ['', 'short', `${'x'.repeat(32)}\n${'x'.repeat(32)}`]) {
      writeFileSync(path, text);
      expect(() => signInCode(folder, systemRandom())).toThrow(
        expect.objectContaining({ code: 'sign-in.file' }),
      );
    }
  });

  it('stands in no error', () => {
    const path = signInCodePath(folder);
    writeFileSync(path, 'almost-a-secret', { mode: 0o600 });
    expect(() => signInCode(folder, systemRandom())).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('almost') }),
    );
  });
});

describe('the clock', () => {
  it('may be between two seconds: the token begins in the one before and ends with it', async () => {
    const { expiresAt } = await signIn();
    expect(expiresAt % SECOND).toBe(0);
    expect(expiresAt).toBeLessThanOrEqual(clock.now() + 15 * MINUTE);
  });
});
