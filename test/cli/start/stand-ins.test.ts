import { describe, expect, it } from 'vitest';
import { readStandIn, seedSecrets, urlsOf } from '#cli/start/stand-ins.ts';
import { SecretMissingError } from '#shared/crypto/errors.ts';

function vaultWith(kept: Record<string, string>) {
  return {
    kept,
    get: async (name: string) => {
      const value = kept[name];
      if (value === undefined) throw new SecretMissingError(name);
      return value;
    },
    put: async (name: string, value: string) => {
      kept[name] = value;
    },
  };
}

describe('a program that stands in for a vendor', () => {
  it.each(['bank=http://127.0.0.1:4010', 'bank=http://localhost:4010', 'bank=http://[::1]:4010'])(
    'is on this machine: %s',
    (text) => {
      expect(readStandIn(text)).toEqual({ vendor: 'bank', url: text.slice('bank='.length) });
    },
  );

  it.each([
    '',
    'bank',
    'bank=',
    '=http://127.0.0.1:1',
    'bank=4010',
    'bank=http://example.com',
    'bank=http://127.0.0.1.example.com',
    'bank=https://127.0.0.1:1',
    'bank=http://127.0.0.1:1/pay',
    'bank=http://127.0.0.1:1/?a=b',
  ])('is nothing else: %o', (text) => {
    expect(readStandIn(text)).toBeUndefined();
  });

  it('is of a vendor that there is', () => {
    expect(urlsOf([{ vendor: 'bank', url: 'http://127.0.0.1:1' }])).toEqual({
      bank: 'http://127.0.0.1:1',
    });
    expect(() => urlsOf([{ vendor: 'banque', url: 'http://127.0.0.1:1' }])).toThrow(
      expect.objectContaining({
        code: 'vendor.stand-in',
        message: expect.stringMatching(/^there is no vendor banque; allowed is .*bank/),
      }),
    );
  });

  it('is given a sample secret, and never one that is exchanged for it', async () => {
    const [empty, own] = [vaultWith({}), vaultWith({ 'bank-api-token': 'own' })];
    for (const vault of [empty, own])
      await seedSecrets(vault, [{ vendor: 'bank', url: 'http://127.0.0.1:1' }]);
    expect([empty.kept, own.kept]).toEqual([
      { 'bank-api-token': 'sample-secret-for-a-stand-in' },
      { 'bank-api-token': 'own' },
    ]);
  });
});
