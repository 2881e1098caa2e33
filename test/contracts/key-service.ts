import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyContext, KeyService } from '#shared/crypto/index.ts';

/** A key service with a root key of its own. */
export interface KeyServiceUnderTest {
  /** The service as another process opens it: the same root key, nothing else shared. */
  open(): KeyService;
  /** A service under another root key. */
  other(): KeyService | Promise<KeyService>;
  /** Puts the service out of reach, and back; where it can be. */
  readonly outage?: { begin(): void; end(): void };
  close(): void | Promise<void>;
}

const HEALTH: KeyContext = { workspace: 'acme', class: 'health' };
const refused = {
  code: 'keys.refused',
  fate: 'refuse',
  message: 'the key service refuses this key under this context',
  facts: {},
};
const unavailable = { code: 'keys.unavailable', fate: 'retry' };
const bytes = (key: Uint8Array) => Buffer.from(key).toString('hex');
const anyContext = (context: object) => context as KeyContext;

/** What not every adapter can do, so that what is about it is tested only where it can happen. */
export interface KeyServiceAbilities {
  /** It can be out of reach: `outage` is there. */
  readonly outage?: boolean;
}

/** What every {@link KeyService} promises. */
export function describeKeyService(
  name: string,
  start: () => KeyServiceUnderTest | Promise<KeyServiceUnderTest>,
  abilities: KeyServiceAbilities = {},
): void {
  describe(`the key service ${name}`, () => {
    let under: KeyServiceUnderTest;
    let service: KeyService;

    beforeEach(async () => {
      under = await start();
      service = under.open();
    });

    afterEach(() => under.close());

    it('makes a key of 256 bits, and does not show it in its wrapped form', async () => {
      const { key, wrapped } = await service.generate(HEALTH);
      expect(key).toHaveLength(32);
      expect(Buffer.from(wrapped).includes(Buffer.from(key))).toBe(false);
    });

    it('opens what it wrapped, also after it was opened anew, as often as it is asked', async () => {
      const { key, wrapped } = await service.generate(HEALTH);
      for (const opened of [service, under.open(), service, service]) {
        expect(bytes(await opened.unwrap(wrapped, HEALTH))).toBe(bytes(key));
      }
    });

    it('makes another key each time', async () => {
      const made = await Promise.all(Array.from({ length: 8 }, () => service.generate(HEALTH)));
      expect(new Set(made.map(({ key }) => bytes(key))).size).toBe(8);
      expect(new Set(made.map(({ wrapped }) => bytes(wrapped))).size).toBe(8);
    });

    it('mixes up nothing when it is asked for many at the same time', async () => {
      const contexts = Array.from(
        { length: 12 },
        (_, i): KeyContext => ({ workspace: `w${i}`, class: 'financial' }),
      );

      const made = await Promise.all(contexts.map((context) => service.generate(context)));
      const opened = await Promise.all(
        made.map(({ wrapped }, i) => service.unwrap(wrapped, contexts[i]!)),
      );

      expect(opened.map(bytes)).toEqual(made.map(({ key }) => bytes(key)));
    });

    it('takes a context in whatever order it is written', async () => {
      const { key, wrapped } = await service.generate(HEALTH);
      expect(bytes(await service.unwrap(wrapped, { class: 'health', workspace: 'acme' }))).toBe(
        bytes(key),
      );
    });

    it.each<[string, KeyContext, KeyContext]>([
      ['another workspace', HEALTH, { workspace: 'acmf', class: 'health' }],
      ['a longer workspace', HEALTH, { workspace: 'acme-2', class: 'health' }],
      ['a shorter workspace', HEALTH, { workspace: 'acm', class: 'health' }],
      ['a workspace in capitals', HEALTH, { workspace: 'ACME', class: 'health' }],
      ['the class personal', HEALTH, { workspace: 'acme', class: 'personal' }],
      ['the class financial', HEALTH, { workspace: 'acme', class: 'financial' }],
      ['the class confidential', HEALTH, { workspace: 'acme', class: 'confidential' }],
      ['a purpose', HEALTH, { workspace: 'acme', purpose: 'token' }],
      ['a purpose of the same word', HEALTH, anyContext({ workspace: 'acme', purpose: 'health' })],
      ['its two values exchanged', HEALTH, anyContext({ workspace: 'health', class: 'acme' })],
      [
        'letters moved from one to the other',
        HEALTH,
        anyContext({ workspace: 'acmeh', class: 'ealth' }),
      ],
      [
        'another purpose',
        { workspace: 'acme', purpose: 'token' },
        { workspace: 'acme', purpose: 'run-id' },
      ],
      [
        'a class instead of a purpose',
        { workspace: 'acme', purpose: 'vault' },
        anyContext({ workspace: 'acme', class: 'vault' }),
      ],
    ])('does not open a key under %s', async (_, made, context) => {
      const { key, wrapped } = await service.generate(made);
      await expect(service.unwrap(wrapped, context)).rejects.toMatchObject(refused);
      expect(bytes(await service.unwrap(wrapped, made))).toBe(bytes(key));
    });

    it('does not open a key that was altered, cut short, lengthened or doubled', async () => {
      const { wrapped } = await service.generate(HEALTH);
      const last = wrapped.length - 1;
      const places = [0, 1, 12, 35, 36, 40, 48, last >> 1, last - 16, last - 1, last].filter(
        (at) => at <= last,
      );

      const bent = [
        ...places.map((at) => Uint8Array.from(wrapped, (byte, i) => (i === at ? byte ^ 1 : byte))),
        ...[0, 1, last >> 1, last].map((length) => wrapped.subarray(0, length)),
        wrapped.subarray(1),
        Buffer.concat([wrapped, Buffer.alloc(1)]),
        Buffer.concat([Buffer.alloc(1), wrapped]),
        Buffer.concat([wrapped, wrapped]),
      ];

      const ends = await Promise.all(
        bent.map((form) =>
          service.unwrap(form, HEALTH).then(
            () => 'opened',
            (error) => error,
          ),
        ),
      );

      for (const end of ends) expect(end).toMatchObject(refused);
    });

    it('does not open a key that was wrapped under another root key', async () => {
      const other = await under.other();
      const { key, wrapped } = await other.generate(HEALTH);
      await expect(service.unwrap(wrapped, HEALTH)).rejects.toMatchObject(refused);
      expect(bytes(await other.unwrap(wrapped, HEALTH))).toBe(bytes(key));
    });

    it('leaves to the caller what it gave and was given', async () => {
      const { key, wrapped } = await service.generate(HEALTH);
      const [keyWas, wrappedWas] = [bytes(key), bytes(wrapped)];
      (await service.unwrap(wrapped, HEALTH)).fill(0);
      key.fill(0);
      expect(bytes(wrapped)).toBe(wrappedWas);
      expect(bytes(await service.unwrap(wrapped, HEALTH))).toBe(keyWas);
    });

    if (abilities.outage === true) {
      it('says that it is out of reach, not that it refuses, and serves again afterwards', async () => {
        const { key, wrapped } = await service.generate(HEALTH);

        under.outage!.begin();
        await expect(service.generate(HEALTH)).rejects.toMatchObject(unavailable);
        await expect(service.unwrap(wrapped, HEALTH)).rejects.toMatchObject(unavailable);
        await expect(
          service.unwrap(wrapped, { workspace: 'acmf', class: 'health' }),
        ).rejects.toMatchObject(unavailable);
        under.outage!.end();
        expect(bytes(await service.unwrap(wrapped, HEALTH))).toBe(bytes(key));
      });
    }
  });
}
