import { type $ZodType, type output, safeParse } from 'zod/v4/core';
import { sha256, type VendorUse } from '#shared/audit/index.ts';
import { toBase64Url } from '#shared/crypto/index.ts';
import {
  canonicalJson,
  DefectError,
  describeIssues,
  isWritError,
  type Json,
  parseJson,
  SECOND,
  type SealedClass,
} from '#shared/kernel/index.ts';
import { type Change, type Check, type Document, serviceActor } from '#shared/ledger/index.ts';
import type { CommitExtras } from './commit-transition.ts';
import type { Deadline } from './deadline.ts';
import {
  type ClaimBody,
  claimKind,
  claimTarget,
  controlTarget,
  rolloutOf,
} from './documents/index.ts';
import {
  AuthorityError,
  ControlChanged,
  VendorRefusedError,
  VendorUnresolvedError,
} from './errors.ts';

import { type EnginePorts, requestHash, type VendorOutcome, type VendorRequest } from './ports.ts';
import type { StepRecords } from './records.ts';
import type { ReservationChanges, StepDraw } from './reservations.ts';
import type { RunSession } from './run-session.ts';
import { vendorCause } from './vendor-cause.ts';
import { openRequest, sealRequest } from './vendor-request.ts';

/**
 * Time added to the timeout of a step for the lease of its claim, in milliseconds. The function
 * timeout is one second longer than the step timeout, so the holder has always ended before the
 * lease expires.
 */
const LEASE_MARGIN_MS = 2 * SECOND;

/** Options of an {@link Effect}. */
export interface EffectOptions {
  readonly session: RunSession;
  readonly step: string;
  readonly timeoutMs: number;
  /** Decisions that authorize the claim. */
  readonly approvals: readonly Check[];
  /**
   * Stored claim, if any. An open claim has an expired lease and must be settled. After an unsent
   * or refused claim, the step may call the vendor again.
   */
  readonly claim: Document | undefined;
  readonly deadline: Deadline;
  readonly records: StepRecords;
  /** Draws the amounts that the run has reserved, in the commit of a new claim. */
  readonly drawing: StepDraw;
}

/** Additions to the commit of a new claim. */
interface ClaimExtras {
  /** Decisions that authorize the claim. */
  readonly checks?: readonly Check[];
  readonly drawn?: ReservationChanges;
}

/**
 * Vendor call of an external step, at most one per attempt.
 *
 * Before the request is sent, a claim is committed. It contains the intent, the exact request and
 * the decisions that authorize it. The outcome of the call is recorded independently of the
 * author's code, so a step that catches the error cannot hide it.
 */
export class Effect {
  readonly #options: EffectOptions;
  readonly #session: RunSession;
  readonly #ports: EnginePorts;
  /** End of the step's time limit, in milliseconds since 1970. */
  readonly #notAfter: number;
  #isCalled = false;
  /**
   * Set if an earlier request may have reached the vendor. A refusal then does not prove that the
   * earlier request had no effect.
   */
  #isRepeat = false;
  #claim: Document | undefined;
  #outcome: VendorOutcome | undefined;
  #failure: Error | undefined;

  constructor(options: EffectOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#ports = options.session.ports;
    this.#claim = options.claim;
    this.#notAfter = this.#ports.clock.now() + options.timeoutMs;
  }

  /** Error of the effect, even if the author's code caught it. */
  get failure(): Error | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (!this.#isCalled || this.#outcome !== undefined) return undefined;
    return this.#unresolved(); // the call timed out
  }

  /** Vendor call, for the audit entry. */
  get use(): VendorUse | undefined {
    if (this.#outcome === undefined) return undefined;
    return { ...this.#outcome.use, intent: this.#body?.intent };
  }

  /** Keys of the decisions that authorize the claim. */
  get decisions(): readonly string[] {
    return this.#body?.decisions ?? [];
  }

  /**
   * Returns the change of the claim after a failed attempt. It stores the outcome and ends the
   * lease, so that the next delivery can settle the claim.
   */
  settle(now: number): Change[] {
    const [claim, body] = [this.#claim, this.#body];
    if (claim === undefined || body === undefined || !this.#isCalled) return [];

    const state = this.#settledState();
    const leaseUntil = now + (state === 'open' ? this.#settleMs(body.vendor) : 0);

    return [claimKind.replace(claim.target, claim, { ...body, state, leaseUntil })];
  }

  #settledState(): ClaimBody['state'] {
    const call = this.#outcome;
    // the outcome of a repeated request does not show whether an earlier request took effect
    if (this.#isRepeat || (call?.outcome !== 'refused' && call?.outcome !== 'unsent'))
      return 'open';

    // a vendor that rejects the credentials has not processed the request, which can be sent again
    return vendorCause(call) === 'credentials' ? 'unsent' : call.outcome;
  }

  /** Commits a claim and makes the vendor call. Returns the answer, parsed by the schema. */
  async post<S extends $ZodType>(
    vendor: string,
    path: string,
    body: Json,
    answer: S,
  ): Promise<output<S>> {
    if (this.#isCalled)
      throw new AuthorityError('authority.second-call', this.#options.step, `vendor ${vendor}`);

    this.#isCalled = true;

    let found: VendorOutcome | undefined;
    let request: VendorRequest;

    try {
      ({ request, found } = await this.#claimRequest(vendor, path, body));
    } catch (error) {
      this.#isCalled = false; // no request was sent
      this.#failure = error as Error;
      throw error;
    }

    this.#outcome = found ?? (await this.#ask('call', vendor, request));

    return this.#parseOutcome(vendor, this.#outcome, answer);
  }

  /**
   * Calls a vendor, or looks up the outcome of a call, within the time limit of the step. The
   * idempotency key is the same for every request of one intent.
   */
  #ask(method: 'call' | 'lookup', vendor: string, request: VendorRequest): Promise<VendorOutcome> {
    const key = `${this.#session.key.run}/${this.#options.step}/do/${this.#body?.intent}`;
    const { signal } = this.#options.deadline;
    return this.#ports.vendors[method](vendor, request, { key, signal, notAfter: this.#notAfter });
  }

  /** Commits a new or renewed claim. Returns the request to send, or the outcome of a lookup. */
  async #claimRequest(
    vendor: string,
    path: string,
    body: Json,
  ): Promise<{ request: VendorRequest; found?: VendorOutcome }> {
    const stored = this.#body;
    if (stored === undefined || stored.state === 'refused') {
      const request: VendorRequest = {
        method: 'POST',
        path,
        body: canonicalJson(body),
        blind: toBase64Url(this.#ports.random.bytes(16)),
      };

      await this.#commitNew(vendor, request, (stored?.intent ?? 0) + 1);
      return { request };
    }

    const request = await this.#openRequest(stored);

    if (stored.state === 'unsent') {
      await this.#assertControlUnchanged(); // as for a new claim, before the request is sent
      // the window of the idempotency key starts with its first use
      await this.#commitRenewed({ ...stored, claimedAt: this.#ports.clock.now() });
      return { request };
    }

    const kind = this.#ports.vendors.kindOf(vendor);
    const now = this.#ports.clock.now();
    if (kind.kind === 'none')
      throw new VendorUnresolvedError('effect.unknown', vendor, 'its claim outlived its holder');
    // a repeated request can be sent until the step's time limit, which must be within the window
    if (
      kind.kind === 'idempotent' &&
      (now < stored.claimedAt || this.#notAfter - stored.claimedAt >= kind.windowMs)
    ) {
      throw new VendorUnresolvedError(
        'effect.unknown',
        vendor,
        `its key is older than the ${kind.windowMs} ms in which it may be repeated`,
      );
    }

    await this.#commitRenewed(stored);
    this.#isRepeat = true;

    if (kind.kind === 'idempotent') return { request };

    const found = await this.#ask('lookup', vendor, request);
    if (found.outcome !== 'refused') return { request, found };

    // the vendor does not know the key after the settling time, so no request has arrived
    this.#isRepeat = false;

    return { request };
  }

  /**
   * Opens the sealed request of a stored claim. Fetches the keys first, because the request can be
   * sealed under keys of records that the step looked up.
   */
  async #openRequest(stored: ClaimBody): Promise<VendorRequest> {
    const names = stored.layers.map((layer) => ({
      class: layer.class as SealedClass,
      subject: layer.subject,
    }));
    await this.#session.ring.fetch(this.#ports.ledger, names);
    return openRequest(stored, this.#claimPlace, this.#session.ring);
  }

  /** Time after which a sent request can no longer arrive at a `lookup` vendor, in milliseconds. */
  #settleMs(vendor: string): number {
    const kind = this.#ports.vendors.kindOf(vendor);
    return kind.kind === 'lookup' ? kind.settlesMs : 0;
  }

  #leaseFrom(now: number, vendor: string): number {
    return now + this.#options.timeoutMs + LEASE_MARGIN_MS + this.#settleMs(vendor);
  }

  #parseOutcome<S extends $ZodType>(vendor: string, outcome: VendorOutcome, answer: S): output<S> {
    const why = outcome.code ?? 'no reason given';
    const cause = vendorCause(outcome);
    const isSafeAgain =
      outcome.outcome !== 'unknown' || this.#ports.vendors.kindOf(vendor).kind !== 'none';
    if (cause === 'credentials' && isSafeAgain)
      this.#fail(new VendorUnresolvedError('vendor.credentials', vendor, why, { waits: true }));

    switch (outcome.outcome) {
      case 'refused':
        if (!this.#isRepeat) throw new VendorRefusedError(vendor, why);

        return this.#fail(
          new VendorUnresolvedError(
            'effect.unknown',
            vendor,
            `an earlier sending may have acted; the repetition was refused: ${why}`,
          ),
        );
      case 'unsent':
        return this.#fail(
          new VendorUnresolvedError(
            cause === 'request' ? 'vendor.request' : 'vendor.unreachable',
            vendor,
            why,
            { waits: cause === 'down' },
          ),
        );
      case 'unknown':
        return this.#fail(this.#unresolved(why, isSafeAgain && cause === 'down'));
      case 'answered': {
        const value = parseAnswer(outcome.body);
        const parsed = safeParse(answer, value);
        if (parsed.success) return parsed.data as output<S>;

        const isJson = value !== undefined || (outcome.body ?? '') === '';
        const [fault] = isJson
          ? describeIssues(parsed.error, { schema: answer, value, name: 'the answer' })
          : ['the answer is not JSON'];

        return this.#fail(
          new VendorUnresolvedError(
            'vendor.answer',
            vendor,
            `another form than the step expects: ${fault}`,
          ),
        );
      }
    }
  }

  /** Records the error of the effect and throws it. */
  #fail(error: VendorUnresolvedError): never {
    this.#failure = error;
    throw error;
  }

  #unresolved(why = 'no answer within its time', waits = false): VendorUnresolvedError {
    const vendor = this.#body?.vendor ?? 'unknown';
    const unknown =
      this.#ports.vendors.kindOf(vendor).kind === 'none' ? 'effect.unknown' : 'vendor.unknown';
    return new VendorUnresolvedError(unknown, vendor, why, { waits });
  }

  get #body(): ClaimBody | undefined {
    return this.#claim && claimKind.body(this.#claim);
  }

  get #claimPlace() {
    return {
      owner: claimTarget(this.#session.key, this.#options.step),
      workspace: this.#session.key.workspace,
    };
  }

  async #commitNew(vendor: string, request: VendorRequest, intent: number): Promise<void> {
    await this.#assertControlUnchanged();

    const now = this.#ports.clock.now();

    const sealed = sealRequest(request, {
      keyNames: [...this.#session.keyNames, ...this.#options.records.usedKeys],
      location: this.#claimPlace,
      ring: this.#session.ring,
      random: this.#ports.random,
    });

    const body: ClaimBody = {
      v: 'claim/1',
      run: this.#session.key.run,
      step: this.#options.step,
      vendor,
      intent,
      state: 'open',
      leaseUntil: this.#leaseFrom(now, vendor),
      claimedAt: now,
      hash: requestHash(request),
      ...sealed,
      decisions: this.#options.approvals.map((check) => check.target),
    };

    const drawn = await this.#options.drawing.commit();
    await this.#commit('effect.claim', body, { checks: this.#options.approvals, drawn });
    this.#options.drawing.markCommitted();
  }

  async #commitRenewed(stored: ClaimBody): Promise<void> {
    const body: ClaimBody = {
      ...stored,
      state: 'open',
      leaseUntil: this.#leaseFrom(this.#ports.clock.now(), stored.vendor),
    };
    await this.#commit('effect.resume', body);
  }

  /** Commits a claim with the transition of its step, and updates the session. */
  async #commit(
    action: 'effect.claim' | 'effect.resume',
    body: ClaimBody,
    { checks, drawn }: ClaimExtras = {},
  ): Promise<void> {
    const session = this.#session;
    const { step } = this.#options;
    const { owner } = this.#claimPlace;

    const after = session.transition({ type: 'step-claimed', step, intent: body.intent });
    const change = claimKind.put(owner, this.#claim, body);
    const bytes = Buffer.byteLength(body.request);

    const extras: CommitExtras = {
      entry: {
        action,
        outcome: 'ok',
        actor: serviceActor(this.#ports.ledger),
        step,
        attempt: after.run.steps[step]?.attempts,
        vendors: [{ vendor: body.vendor, request: body.hash, intent: body.intent }],
        why: {
          rollout: session.rollout,
          decisions: body.decisions.length === 0 ? undefined : [...body.decisions],
        },
      },
      changes: [change, ...session.ring.takeMinted(), ...(drawn?.changes ?? [])],
      checks,
      diffs: {
        ...drawn?.diffs,
        [owner]: [{ field: 'request', digestAfter: { bytes, sha256: sha256(body.request) } }],
      },
    };

    const commit = session.commitOf(after, {}, extras);

    const { revisions } = await this.#ports.ledger.commit(commit);

    this.#claim = { target: owner, body, ...requireRevision(revisions.get(owner)) };
    session.advanceTo(after.run, requireRevision(revisions.get(session.target)));
  }

  /**
   * Reads the control document again just before the claim, because the rollout can have changed
   * since the run was loaded.
   *
   * @throws {@link ControlChanged}
   */
  async #assertControlUnchanged(): Promise<void> {
    const [control] = await this.#ports.ledger.read([controlTarget(this.#session.key)]);
    if (rolloutOf(control) !== this.#session.rollout) throw new ControlChanged();
  }
}

function requireRevision<T>(value: T | undefined): T {
  if (value === undefined)
    throw new DefectError('a commit gave no revision for a document it changed');
  return value;
}

function parseAnswer(body: string | undefined): Json | undefined {
  try {
    return body === undefined || body === '' ? undefined : parseJson(body);
  } catch (error) {
    if (isWritError(error)) return undefined;
    throw error;
  }
}
