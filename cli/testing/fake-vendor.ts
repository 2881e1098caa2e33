import type {
  VendorCallOptions,
  VendorGateway,
  VendorKind,
  VendorOutcome,
  VendorRequest,
} from '#shared/engine/index.ts';
import { hours, type Json } from '#shared/kernel/index.ts';

/**
 * Failure of a call to a fake vendor.
 *
 * - `drop`: the vendor acts, and the connection drops before the vendor responds.
 * - `refuse`: the vendor responds with status 422 and does nothing.
 * - `unreachable`: the request never arrives.
 * - `garbage`: the vendor acts and responds with text that is not JSON.
 *
 * An object is returned as the outcome of the call, and the vendor does nothing.
 */
export type VendorFault =
  | 'drop'
  | 'refuse'
  | 'unreachable'
  | 'garbage'
  | Pick<VendorOutcome, 'outcome' | 'code'>;

/** Request that a fake vendor received: its idempotency key and its JSON body. */
export interface ReceivedRequest {
  readonly key: string;
  readonly body: string;
}

/** Vendor in memory that records its requests and can simulate failures. */
export class FakeVendor implements VendorGateway {
  /**
   * Requests on which the vendor acted: at most one for each idempotency key of an `idempotent`
   * vendor.
   */
  readonly effects: ReceivedRequest[] = [];
  /** All requests that arrived, including repeated requests. */
  readonly requests: ReceivedRequest[] = [];
  /** Number of times the engine asked for the outcome of an idempotency key. */
  lookups = 0;
  /** Returns the fault of the nth call, counted from 1; undefined if the call succeeds. */
  fault: (nth: number) => VendorFault | undefined = () => undefined;
  readonly #kind: VendorKind;
  readonly #answer: (request: ReceivedRequest) => Json;

  constructor(
    kind: VendorKind,
    answer: (request: ReceivedRequest) => Json = ({ key }) => ({ paymentId: `p-${key}` }),
  ) {
    this.#kind = kind;
    this.#answer = answer;
  }

  kindOf(): VendorKind {
    return this.#kind;
  }

  async call(
    vendor: string,
    request: VendorRequest,
    { key }: Pick<VendorCallOptions, 'key'>,
  ): Promise<VendorOutcome> {
    const use = { vendor, host: 'fake', secret: 'fake-secret' };
    const fault = this.fault(this.requests.length + 1);
    if (typeof fault === 'object') return { ...fault, use };
    if (fault === 'unreachable') return { outcome: 'unsent', use, code: 'econnrefused' };

    const received = { key, body: request.body };
    this.requests.push(received);

    if (fault === 'refuse')
      return { outcome: 'refused', use: { ...use, status: 422 }, code: 'http-422' };

    const isRepeated =
      this.#kind.kind === 'idempotent' && this.effects.some((effect) => effect.key === key);
    if (!isRepeated) this.effects.push(received);

    if (fault === 'drop') return { outcome: 'unknown', use, code: 'connection-lost' };
    if (fault === 'garbage')
      return { outcome: 'answered', use: { ...use, status: 200 }, body: '<html>' };

    return { outcome: 'answered', use: { ...use, status: 201 }, body: this.#bodyFor(received) };
  }

  async lookup(
    vendor: string,
    request: VendorRequest,
    { key }: Pick<VendorCallOptions, 'key'>,
  ): Promise<VendorOutcome> {
    this.lookups++;

    const use = { vendor, host: 'fake', secret: 'fake-secret' };
    if (!this.effects.some((effect) => effect.key === key))
      return { outcome: 'refused', use: { ...use, status: 404 }, code: 'http-404' };

    const body = this.#bodyFor({ key, body: request.body });
    return { outcome: 'answered', use: { ...use, status: 200 }, body };
  }

  #bodyFor(request: ReceivedRequest): string {
    return JSON.stringify(this.#answer(request));
  }
}

/**
 * Creates a vendor in memory for {@link workbench}.
 *
 * @param answer - JSON of the vendor's response, or a function that returns it for a request.
 * @param kind - Behaviour of the vendor for repeated requests. Defaults to idempotent within a day.
 *
 * @example
 * ```ts
 * import { fakeVendor } from 'writ/testing';
 *
 * const payouts = fakeVendor({ paymentId: 'P-1' });
 * // the vendor pays, but the first response is lost
 * payouts.fault = (nth) => (nth === 1 ? 'drop' : undefined);
 * ```
 */
export function fakeVendor(
  answer: Json | ((request: ReceivedRequest) => Json),
  kind: VendorKind = { kind: 'idempotent', windowMs: hours(24) },
): FakeVendor {
  return new FakeVendor(kind, typeof answer === 'function' ? answer : () => answer);
}
