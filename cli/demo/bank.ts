import { appendFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Book, type Payment, readBook } from './bank-book.ts';

/** Faults of the sample bank, for tests. */
export interface BankFaults {
  /** Returns true if the bank makes the payment but drops the connection before it responds. */
  dropAfter?(key: string): boolean;
  /**
   * Returns the status with which the bank refuses a request, without paying; undefined to accept
   * the request.
   */
  refuse?(key: string): number | undefined;
  /** True if the bank pays for every request, even with a repeated idempotency key. */
  readonly forgetful?: boolean;
}

/** Sample bank on this machine. A vendor that pays only once for each idempotency key. */
export class Bank {
  readonly payments: Payment[] = [];
  /** Number of payment requests, including repeated requests. */
  requests = 0;
  readonly #token: string;
  readonly #faults: BankFaults;
  readonly #byKey = new Map<string, Payment>();
  readonly #server: Server;
  readonly #path: string | undefined;
  readonly #book: Book;
  /** Newline to write first, if the last line is incomplete. */
  #lead: string;

  /**
   * @param book - File with one payment per line, which only its owner can read. The bank does not
   *   repeat payments in the file. It skips other lines, such as an incomplete line.
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

  /** Opens the bank and returns its base URL. */
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

    // the creditor's account is not stored, because it is never used here
    const { amount, currency, reference, creditor } = body;
    // an unreadable line may be a payment, so it uses up a number
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
    this.#lead = '\n'; // a full disk can leave an incomplete line
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
 * Runs the bank as a process. `node bank.ts TOKEN [PORT] [BOOK]` prints the bank's URL as its first
 * line. It ends when its standard input closes, so that it does not outlive its parent process.
 */
if (import.meta.main) {
  const [token = '', port = '0', book] = process.argv.slice(2);
  process.stdin.on('end', () => process.exit()).resume();
  console.log(await new Bank(token, {}, book).open(Number(port)));
}
