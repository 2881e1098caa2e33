import { describe, expect, it } from 'vitest';
import {
  KEY_CACHE_MS,
  type KeyContext,
  type KeyService,
  mintWorkspaceKey,
  WorkspaceKeys,
} from '#shared/crypto/index.ts';
import { type Json, ManualClock, MINUTE, seededRandom } from '#shared/kernel/index.ts';

const HEALTH: KeyContext = { workspace: 'acme', class: 'health' };

/** A key service that counts how often it is asked. */
class CountingService implements KeyService {
  asked = 0;
  readonly #random = seededRandom('service');
  async generate() {
    const key = this.#random.bytes(32);
    return { key, wrapped: key };
  }
  async unwrap(wrapped: Uint8Array) {
    this.asked++;
    return Uint8Array.from(wrapped);
  }
}

async function open() {
  const service = new CountingService();
  const clock = new ManualClock(1_000_000);
  const keys = new WorkspaceKeys(service, clock);
  const row = async (context: KeyContext): Promise<Json> =>
    (await mintWorkspaceKey(service, context)).body;
  return { service, clock, keys, row };
}

describe('the cache of workspace keys', () => {
  it('has a key at hand after it was unwrapped once', async () => {
    const { keys, row, service } = await open();
    expect(keys.cached(HEALTH)).toBeUndefined();
    const key = await keys.unwrap(HEALTH, await row(HEALTH));
    expect(keys.cached(HEALTH)?.equals(key)).toBe(true);
    expect(service.asked).toBe(1);
  });

  it('holds a key for less than five minutes', async () => {
    const { keys, row, clock } = await open();

    await keys.unwrap(HEALTH, await row(HEALTH));
    expect(KEY_CACHE_MS).toBe(5 * MINUTE);
    clock.advance(KEY_CACHE_MS - 1);
    expect(keys.cached(HEALTH)).toBeDefined();
    clock.advance(1);
    expect(keys.cached(HEALTH)).toBeUndefined();
    clock.advance(-KEY_CACHE_MS);
    expect(keys.cached(HEALTH)).toBeUndefined();
  });

  it('is not made to hold a key longer by a clock that steps back', async () => {
    const { keys, row, clock } = await open();
    await keys.unwrap(HEALTH, await row(HEALTH));
    clock.advance(-1);
    expect(keys.cached(HEALTH)).toBeUndefined();
  });

  it('does not take the use of a key for a reason to hold it longer', async () => {
    const { keys, row, clock } = await open();
    await keys.unwrap(HEALTH, await row(HEALTH));
    for (let minute = 0; minute < 5; minute++) {
      expect(keys.cached(HEALTH)).toBeDefined();
      clock.advance(MINUTE);
    }
    expect(keys.cached(HEALTH)).toBeUndefined();
  });

  it('keeps keys of other workspaces, classes and purposes apart', async () => {
    const { keys, row } = await open();
    await keys.unwrap(HEALTH, await row(HEALTH));

    const others: KeyContext[] = [
      { workspace: 'acmf', class: 'health' },
      { workspace: 'acme', class: 'personal' },
      { workspace: 'acme', purpose: 'token' },
    ];

    for (const other of others) expect(keys.cached(other)).toBeUndefined();
  });

  it('holds at most 256 keys, and lets the oldest go', async () => {
    const { keys, row } = await open();
    const contexts = Array.from(
      { length: 300 },
      (_, i): KeyContext => ({ workspace: `w${i}`, class: 'health' }),
    );

    for (const context of contexts) await keys.unwrap(context, await row(context));

    expect(contexts.filter((context) => keys.cached(context) !== undefined)).toEqual(
      contexts.slice(300 - 256),
    );
  });

  it('does not let another key go when one it holds is unwrapped again', async () => {
    const { keys, row } = await open();
    const contexts = Array.from(
      { length: 256 },
      (_, i): KeyContext => ({ workspace: `w${i}`, class: 'health' }),
    );

    for (const context of contexts) await keys.unwrap(context, await row(context));

    await keys.unwrap(contexts[255] as KeyContext, await row(contexts[255] as KeyContext));
    expect(contexts.every((context) => keys.cached(context) !== undefined)).toBe(true);
  });

  it('forgets everything when it is cleared', async () => {
    const { keys, row } = await open();
    await keys.unwrap(HEALTH, await row(HEALTH));
    keys.clear();
    expect(keys.cached(HEALTH)).toBeUndefined();
  });

  it('says which key is missing when there is no row, and asks nobody', async () => {
    const { keys, service } = await open();
    await expect(keys.unwrap(HEALTH, undefined)).rejects.toMatchObject({
      code: 'keys.missing',
      facts: { target: 'key#health#acme' },
    });
    expect(service.asked).toBe(0);
  });

  it.each<[string, Json]>([
    ['a subject key', { v: 'key/1', kind: 'subject', token: 'token#acme#x', wrapped: 'AAAA' }],
    ['a tombstone', { v: 'key/1', kind: 'tombstone', at: 1 }],
    ['nothing wrapped', { v: 'key/1', kind: 'workspace' }],
  ])('refuses a row that is %s, and asks nobody', async (_, body) => {
    const { keys, service } = await open();
    await expect(keys.unwrap(HEALTH, body)).rejects.toMatchObject({ code: 'keys.refused' });
    expect(service.asked).toBe(0);
    expect(keys.cached(HEALTH)).toBeUndefined();
  });
});
