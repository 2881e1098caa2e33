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
 * - `drop`: the vendor acts and the connection drops before it answers.
 * - `refuse`: the vendor answers 422 and does nothing.
 * - `unreachable`: the request never arrives.
 * - `garbage`: the vendor acts and answers with something that is not JSON.
 *
 * An outcome ends the call that way, and the vendor does nothing.
 */
export type VendorFault =
  | 'drop'
  | 'refuse'
  | 'unreachable'
  | 'garbage'
  | Pick<VendorOutcome, 'outcome' | 'code'>;

/** A request as a fake vendor received it: its idempotency key and its JSON body. */
export interface ReceivedRequest {
  readonly key: string;
  readonly body: string;
}

/** A vendor in memory, which records what it receives and fails on request. */
export class FakeVendor implements VendorGateway {
  /** Requests the vendor acted on: one for each idempotency key of an `idempotent` vendor. */
  readonly effects: ReceivedRequest[] = [];
  /** Every request that arrived, repetitions included. */
  readonly requests: ReceivedRequest[] = [];
  /** Number of times the engine asked for the outcome of an idempotency key. */
  lookups = 0;
  /** Returns the fault of the nth call, counted from 1; `undefined` is a call that succeeds. */
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
 * Makes a vendor in memory for {@link workbench}.
 *
 * @param answer - JSON the vendor answers with, or a function of the request it received.
 * @param kind - What the vendor promises about repeated requests. Defaults to idempotent within a
 *   day.
 *
 * @example
 * ```ts
 * import { fakeVendor } from 'writ/testing';
 *
 * const payouts = fakeVendor({ paymentId: 'P-1' });
 * // the vendor pays, but the first answer is lost on the way
 * payouts.fault = (nth) => (nth === 1 ? 'drop' : undefined);
 * ```
 */
export function fakeVendor(
  answer: Json | ((request: ReceivedRequest) => Json),
  kind: VendorKind = { kind: 'idempotent', windowMs: hours(24) },
): FakeVendor {
  return new FakeVendor(kind, typeof answer === 'function' ? answer : () => answer);
}
