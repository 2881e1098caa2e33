import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Book, readBook } from './bank-book.ts';

/** A payment as the bank carried it out. */
export interface Payment {
  readonly paymentId: string;
  readonly key: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference: string;
  readonly creditor: string;
}

/** What the sample bank does wrong on purpose, for tests. */
export interface BankFaults {
  /**
   * Carries a payment out, then drops the connection: the caller does not learn of it. Called for
   * each request.
   */
  dropAfter?(key: string): boolean;
  /** Answers this status without doing anything. */
  refuse?(key: string): number | undefined;
  /** Carries every request out, whatever its key: a bank that knows no idempotency. */
  readonly forgetful?: boolean;
}

/**
 * The sample bank: in memory, on this machine, standing for the world outside. The same key is one
 * payment.
 */
export class Bank {
  readonly payments: Payment[] = [];
  /** Requests that came, repetitions included. */
  requests = 0;
  readonly #token: string;
  readonly #faults: BankFaults;
  readonly #byKey = new Map<string, Payment>();
  readonly #server: Server;
  readonly #path: string | undefined;
  readonly #book: Book;
  /** What ends a line that was cut off, before the next one is written. */
  #lead: string;

  /**
   * @param book - File that payments are kept in, a line each, for its owner alone; what is there
   *   already has been paid. Lines that are no payments, such as one that was cut off, are passed
   *   over.
   */
  constructor(token: string, faults: BankFaults = {}, book?: string) {
    this.#token = token;
    this.#faults = faults;
    this.#path = book;
    this.#book = readBook(book);
    this.#lead = this.#book.isCutOff ? '\n' : '';
    for (const payment of this.#book.payments) this.#enter(payment);

    this.#server = createServer((request, response) => {
      this.#handle(request)
        .then((answer) => {
          if (answer === 'drop') request.socket.destroy();
          else
            response
              .writeHead(answer.status, { 'content-type': 'application/json' })
              .end(JSON.stringify(answer.body));
        })
        .catch(() => response.writeHead(500).end());
    });
  }

  /** Opens the bank. @returns its base URL. */
  async open(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #handle(
    request: IncomingMessage,
  ): Promise<'drop' | { readonly status: number; readonly body: unknown }> {
    if (request.headers.authorization !== `Bearer ${this.#token}`)
      return { status: 401, body: { error: 'unauthorized' } };

    const path = request.url ?? '';
    if (request.method === 'GET' && path === '/payments')
      return { status: 200, body: { payments: this.payments } };
    if (request.method === 'GET' && path.startsWith('/payments/by-key/')) {
      const payment = this.#byKey.get(decodeURIComponent(path.slice('/payments/by-key/'.length)));
      return payment === undefined
        ? { status: 404, body: { error: 'not found' } }
        : { status: 200, body: { paymentId: payment.paymentId } };
    }
    if (request.method !== 'POST' || path !== '/payments')
      return { status: 404, body: { error: 'not found' } };

    const body = await readBody(request);

    this.requests++;

    const key = String(request.headers['idempotency-key'] ?? '');
    const refusal = this.#faults.refuse?.(key);
    if (refusal !== undefined) return { status: refusal, body: { error: 'refused' } };

    const payment = this.#pay(key, body);
    if (this.#faults.dropAfter?.(key)) return 'drop';

    return { status: 201, body: { paymentId: payment.paymentId } };
  }

  #pay(key: string, body: Omit<Payment, 'key' | 'paymentId'>): Payment {
    const known = this.#faults.forgetful ? undefined : this.#byKey.get(key);
    if (known !== undefined) return known;

    // the account is not kept: nothing here needs it
    const { amount, currency, reference, creditor } = body;
    // of a line that cannot be read the number may be taken
    const number = this.payments.length + this.#book.unreadable + 1;

    const payment = {
      paymentId: `pay-${String(number).padStart(4, '0')}`,
      key,
      amount,
      currency,
      reference,
      creditor,
    };

    if (this.#path !== undefined) this.#write(this.#path, payment);

    this.#enter(payment);

    return payment;
  }

  #write(path: string, payment: Payment): void {
    const line = `${this.#lead}${JSON.stringify(payment)}\n`;
    this.#lead = '\n'; // of a line that the disk has no room for, a part may be there
    appendFileSync(path, line, { mode: 0o600 });
    this.#lead = '';
  }

  #enter(payment: Payment): void {
    this.payments.push(payment);
    this.#byKey.set(payment.key, payment);
  }
}

async function readBody(request: IncomingMessage): Promise<Payment> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

/**
 * As a process of its own: `node bank.ts TOKEN [PORT] [BOOK]` prints the URL on its first line,
 * keeps its payments in the file BOOK, and ends when its standard input does, so that it does not
 * outlive who opened it.
 */
if (import.meta.main) {
  const [token = '', port = '0', book] = process.argv.slice(2);
  process.stdin.on('end', () => process.exit()).resume();
  console.log(await new Bank(token, {}, book).open(Number(port)));
}
