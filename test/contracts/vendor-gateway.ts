import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Bank, type BankFaults } from '#cli/demo/bank.ts';
import { type VendorHandler, vendorFunction } from '#functions/framework/lambda/vendor-function.ts';
import {
  requestHash,
  responseHash,
  type VendorGateway,
  type VendorKind,
  type VendorRequest,
} from '#shared/engine/index.ts';
import { HOUR, ManualClock, MINUTE } from '#shared/kernel/index.ts';
import { vendor } from '#shared/vendors/index.ts';

/** A gateway to the functions of vendors, wherever they run. */
export interface GatewayUnderTest {
  readonly gateway: VendorGateway;
  close(): void;
}

export type OpenGateway = (
  functions: ReadonlyMap<string, { readonly kind: VendorKind; readonly handler: VendorHandler }>,
) => Promise<GatewayUnderTest>;

const TOKEN = 'the-token-of-the-bank';
const KEY = 'run-1/pay/do/1';
const bankVendor = vendor({
  name: 'bank',
  hosts: ['api.bank.example'],
  kind: { kind: 'lookup', settlesMs: 5 },
  secret: 'bank-token',
  timeout: 10 * MINUTE, // callers have less
  lookupPath: (key) => `/payments/by-key/${encodeURIComponent(key)}`,
});
const payment = {
  amount: 1_250,
  currency: 'EUR',
  reference: 'ünï 😀 "quoted" \\ line\nend',
  creditor: 'Papeterie 4',
};
const request: VendorRequest = {
  method: 'POST',
  path: '/payments',
  body: JSON.stringify(payment),
  blind: 'a-blinding',
};
const never = () => new AbortController().signal;
/** The vendor function's time, and the time of a caller who has all of it. */
const NOW = Date.UTC(2026, 0, 2);
const LATER = NOW + HOUR;

/**
 * What every adapter of the {@link VendorGateway} port promises, with the real function of a vendor
 * and the sample bank.
 */
export function describeVendorGateway(name: string, open: OpenGateway): void {
  describe(`a vendor gateway: ${name}`, () => {
    const closing: (() => void)[] = [];

    afterEach(() => {
      for (const close of closing.splice(0).reverse()) close();
    });

    /** A gateway with the bank's function, which believes the bank to be at `url`. */
    async function reaching(
      url: string,
      get: () => Promise<string> = async () => TOKEN,
    ): Promise<VendorGateway> {
      const ports = {
        vault: { get },
        place: { url, allowLoopback: true },
        clock: new ManualClock(NOW),
      };

      const handler = vendorFunction(bankVendor).connect(ports);
      const under = await open(new Map([['bank', { kind: bankVendor.kind, handler }]]));
      closing.push(() => under.close());

      return under.gateway;
    }

    async function withBank(faults: BankFaults = {}, get?: () => Promise<string>) {
      const bank = new Bank(TOKEN, faults);
      const url = await bank.open();
      closing.push(() => bank.close());
      return { bank, url, gateway: await reaching(url, get) };
    }

    /**
     * A vendor that takes requests, and does with them what `takes` does: an answer never comes.
     */
    async function silent(takes: () => void): Promise<string> {
      const server = createServer(takes);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      closing.push(() => {
        server.closeAllConnections();
        server.close();
      });
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    }

    it('sends one request for one call, with its key and its bytes as they are, and brings back the answer', async () => {
      const { bank, url, gateway } = await withBank();
      const outcome = await gateway.call('bank', request, {
        key: KEY,
        signal: never(),
        notAfter: LATER,
      });
      const body = '{"paymentId":"pay-0001"}';

      expect(outcome).toEqual({
        outcome: 'answered',
        body,
        use: {
          vendor: 'bank',
          host: new URL(url).host,
          status: 201,
          secret: 'bank-token',
          request: requestHash(request),
          response: responseHash(request, body),
        },
      });

      expect(bank.requests).toBe(1);
      expect(bank.payments).toEqual([{ paymentId: 'pay-0001', key: KEY, ...payment }]);
    });

    it('says that a vendor refused: nothing happened there', async () => {
      const { bank, gateway } = await withBank({ refuse: () => 422 });
      expect(
        await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: LATER }),
      ).toMatchObject({
        outcome: 'refused',
        code: 'http-422',
        use: { vendor: 'bank', status: 422, request: requestHash(request) },
      });
      expect([bank.requests, bank.payments]).toEqual([1, []]);
    });

    it('says that nothing was sent to a vendor that cannot be reached', async () => {
      const { bank, gateway } = await withBank();
      bank.close();

      const outcome = await gateway.call('bank', request, {
        key: KEY,
        signal: never(),
        notAfter: LATER,
      });

      expect(outcome).toMatchObject({
        outcome: 'unsent',
        code: 'econnrefused',
        use: { vendor: 'bank', request: requestHash(request) },
      });

      expect(outcome.use.status).toBeUndefined();
    });

    it.each([
      [
        'the vendor drops the connection after it acted',
        { dropAfter: () => true },
        'connection-lost',
        1,
      ],
      ['the vendor fails', { refuse: () => 503 }, 'http-503', 0],
    ] as const)(
      'does not know what happened when %s, and asks no second time',
      async (_, faults, code, payments) => {
        const { bank, gateway } = await withBank(faults);
        expect(
          await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: LATER }),
        ).toMatchObject({
          outcome: 'unknown',
          code,
          use: { vendor: 'bank' },
        });
        expect([bank.requests, bank.payments.length]).toEqual([1, payments]);
      },
    );

    it('looks up what became of a key', async () => {
      const { bank, gateway } = await withBank();

      expect(
        await gateway.lookup('bank', request, { key: KEY, signal: never(), notAfter: LATER }),
      ).toMatchObject({
        outcome: 'refused',
        use: { status: 404 },
      });

      await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: LATER });
      expect(
        await gateway.lookup('bank', request, { key: KEY, signal: never(), notAfter: LATER }),
      ).toMatchObject({
        outcome: 'answered',
        body: '{"paymentId":"pay-0001"}',
        use: { vendor: 'bank', status: 200, request: requestHash(request) },
      });

      expect(bank.requests).toBe(1);
    });

    it('gives up when it is told to, and does not know what happened', async () => {
      let requests = 0;
      const abort = new AbortController();
      const url = await silent(() => {
        requests++;
        abort.abort(); // the request has arrived
      });

      const gateway = await reaching(url);

      expect(
        await gateway.call('bank', request, { key: KEY, signal: abort.signal, notAfter: LATER }),
      ).toMatchObject({
        outcome: 'unknown',
        code: 'timeout',
        use: { vendor: 'bank' },
      });

      expect(requests).toBe(1);
    });

    it('makes no call for who has given up before', async () => {
      const { bank, gateway } = await withBank();

      const { outcome, code } = await gateway.call('bank', request, {
        key: KEY,
        signal: AbortSignal.abort(),
        notAfter: LATER,
      });

      // who hands a call on cannot tell how far it came
      expect(['unsent too-late', 'unknown timeout']).toContain(`${outcome} ${code}`);
      expect(bank.requests).toBe(0);
    });

    it.each([NOW, NOW - 1, 0])(
      'sends nothing once the caller has given up, also without a signal (at %i)',
      async (notAfter) => {
        const { bank, gateway } = await withBank();
        const late = {
          outcome: 'unsent',
          code: 'too-late',
          use: { vendor: 'bank', request: requestHash(request) },
        };

        expect(
          await gateway.call('bank', request, { key: KEY, signal: never(), notAfter }),
        ).toMatchObject(late);
        expect(
          await gateway.lookup('bank', request, { key: KEY, signal: never(), notAfter }),
        ).toMatchObject(late);
        expect(bank.requests).toBe(0);
      },
    );

    it('waits for the secret no longer than the caller does, and sends nothing then', async () => {
      const { bank, gateway } = await withBank({}, () => new Promise(() => {}));
      expect(
        await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: NOW + 20 }),
      ).toMatchObject({
        outcome: 'unsent',
        code: 'secret-unavailable',
      });
      expect(bank.requests).toBe(0);
    });

    it('waits for the answer no longer than the caller does', async () => {
      const gateway = await reaching(await silent(() => {}));
      expect(
        await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: NOW + 50 }),
      ).toMatchObject({
        outcome: 'unknown',
        code: 'timeout',
      });
    });

    it.each(['', ' ', '\t\r\n', 'tok\nx-evil: 1', 'tok\u0000', 'tök€'])(
      'sends nothing with a secret that no header takes: %j',
      async (secret) => {
        const { bank, gateway } = await withBank({}, async () => secret);
        const outcome = await gateway.call('bank', request, {
          key: KEY,
          signal: never(),
          notAfter: LATER,
        });

        expect(outcome).toMatchObject({
          outcome: 'unsent',
          code: 'secret-invalid',
          use: { vendor: 'bank', secret: 'bank-token' },
        });

        expect(JSON.stringify(outcome)).not.toContain('evil');
        expect(bank.requests).toBe(0);
      },
    );

    it('sends nothing that is too long for a vendor function, and takes what just fits', async () => {
      const { bank, gateway } = await withBank();
      const [path, key] = [`/${'p'.repeat(999)}`, 'k'.repeat(1_000)];
      const tooLong = { outcome: 'unsent', code: 'request-invalid', use: { vendor: 'bank' } };

      expect(
        await gateway.call(
          'bank',
          { ...request, path: `${path}p` },
          { key: KEY, signal: never(), notAfter: LATER },
        ),
      ).toMatchObject(tooLong);
      expect(
        await gateway.call('bank', request, { key: `${key}k`, signal: never(), notAfter: LATER }),
      ).toMatchObject(tooLong);
      expect(
        await gateway.call(
          'bank',
          { ...request, path },
          { key: KEY, signal: never(), notAfter: LATER },
        ),
      ).toMatchObject({
        outcome: 'refused',
        code: 'http-404',
      });

      await gateway.call('bank', request, { key, signal: never(), notAfter: LATER });
      expect(bank.payments.map((payment) => payment.key)).toEqual([key]);
    });

    it('keeps calls apart that are made at once', async () => {
      const { bank, gateway } = await withBank();
      const keys = Array.from({ length: 8 }, (_, i) => `run-${i}/pay/do/1`);
      const outcomes = await Promise.all(
        keys.map((key) =>
          gateway.call(
            'bank',
            { ...request, blind: key },
            { key, signal: never(), notAfter: LATER },
          ),
        ),
      );

      for (const [i, { body = '' }] of outcomes.entries()) {
        const { paymentId } = JSON.parse(body) as { paymentId: string };
        expect(bank.payments.find((one) => one.paymentId === paymentId)?.key).toBe(keys[i]);
      }

      expect(bank.requests).toBe(8);
    });

    it('has no way to a vendor nobody declared', async () => {
      const { bank, gateway } = await withBank();
      for (const unknown of ['other', '', '__proto__', 'constructor']) {
        expect(
          await gateway.call(unknown, request, { key: KEY, signal: never(), notAfter: LATER }),
        ).toEqual({
          outcome: 'unsent',
          use: { vendor: unknown, host: 'unknown' },
          code: 'vendor-unknown',
        });
        expect(gateway.kindOf(unknown)).toEqual({ kind: 'none' });
      }

      expect(bank.requests).toBe(0);
    });

    it('knows what a vendor promises about repetition', async () => {
      const { gateway } = await withBank();
      expect(gateway.kindOf('bank')).toEqual({ kind: 'lookup', settlesMs: 5 });
    });

    it('tells nothing of the vendor’s secret, however a call ends', async () => {
      for (const faults of [{}, { refuse: () => 401 }, { dropAfter: () => true }]) {
        const { gateway } = await withBank(faults);
        expect(
          JSON.stringify(
            await gateway.call('bank', request, { key: KEY, signal: never(), notAfter: LATER }),
          ),
        ).not.toContain(TOKEN);
      }
    });
  });
}
