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
import type { Drawing, ReservationChanges } from './reservations.ts';
import type { RunSession } from './run-session.ts';
import { type Cause, causeOf } from './vendor-cause.ts';
import { openRequest, sealRequest } from './vendor-request.ts';

/**
 * How much longer a claim is held than its step may run. A function is given one second more than
 * its step, so it has ended by then.
 */
const LEASE_MARGIN_MS = 2 * SECOND;

/** What an external step's effect works with. */
export interface EffectOptions {
  readonly session: RunSession;
  readonly step: string;
  readonly timeoutMs: number;
  /** The decisions that the claim relies on. */
  readonly approvals: readonly Check[];
  /**
   * The claim that stands, if any: open and expired (to be settled) or refused (to be succeeded).
   */
  readonly claim: Document | undefined;
  readonly deadline: Deadline;
  readonly records: StepRecords;
  /** Makes final, in the commit of a new claim, what the run has reserved. */
  readonly drawing: Drawing;
}

/**
 * The one vendor call of an external step.
 *
 * Before anything leaves, a claim is committed: intent, exact request, the decisions relied on.
 * What the vendor did with it is kept here, apart from the author's code: a step that swallows an
 * error does not make it unhappen.
 */
export class Effect {
  readonly #parts: EffectOptions;
  readonly #session: RunSession;
  readonly #ports: EnginePorts;
  /** When the step's time is over. */
  readonly #notAfter: number;
  #called = false;
  /** The request may have reached the vendor before: a refusal now says nothing of that time. */
  #repeated = false;
  #claim: Document | undefined;
  #outcome: VendorOutcome | undefined;
  #failure: Error | undefined;

  constructor(parts: EffectOptions) {
    this.#parts = parts;
    this.#session = parts.session;
    this.#ports = parts.session.ports;
    this.#claim = parts.claim;
    this.#notAfter = this.#ports.clock.now() + parts.timeoutMs;
  }

  /** What stopped the effect, whatever the author's code made of it. */
  get failure(): Error | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (!this.#called || this.#outcome !== undefined) return undefined;
    return this.#unresolved(); // the call is still out: its time ran out
  }

  /** The vendor call for the entry. */
  get use(): VendorUse | undefined {
    if (this.#outcome === undefined) return undefined;
    return { ...this.#outcome.use, intent: this.#body?.intent };
  }

  /** Decisions the claim relies on. */
  get decisions(): readonly string[] {
    return this.#body?.decisions ?? [];
  }

  /**
   * What the end of the attempt does to the claim: nothing when it succeeded, otherwise it may be
   * settled at once.
   */
  settle(now: number): Change[] {
    const [claim, body] = [this.#claim, this.#body];
    if (claim === undefined || body === undefined || !this.#called) return [];

    const { outcome } = this.#outcome ?? {};
    // after an earlier sending that may have arrived, how this one ended says nothing of that one
    const state =
      !this.#repeated && (outcome === 'refused' || outcome === 'unsent')
        ? this.#settledState(outcome)
        : 'open';

    const leaseUntil = now + (state === 'open' ? this.#settlesMs(body.vendor) : 0);

    return [claimKind.replace(claim.target, claim, { ...body, state, leaseUntil })];
  }

  /**
   * A vendor that does not take the credentials has not looked at the request: the same may be sent
   * again.
   */
  #settledState(outcome: 'refused' | 'unsent'): 'refused' | 'unsent' {
    return this.#cause === 'credentials' ? 'unsent' : outcome;
  }

  get #cause(): Cause | undefined {
    return this.#outcome === undefined ? undefined : causeOf(this.#outcome);
  }

  async post<S extends $ZodType>(
    vendor: string,
    path: string,
    body: Json,
    answer: S,
  ): Promise<output<S>> {
    if (this.#called)
      throw new AuthorityError('authority.second-call', this.#parts.step, `vendor ${vendor}`);

    this.#called = true;

    let found: VendorOutcome | undefined;
    let request: VendorRequest;

    try {
      ({ request, found } = await this.#claimed(vendor, path, body));
    } catch (error) {
      this.#called = false; // nothing left
      this.#failure = error as Error;
      throw error;
    }

    const { intent } = this.#body as ClaimBody;

    const outcome =
      found ??
      (await this.#ports.vendors.call(
        vendor,
        request,
        this.#keyOf(intent),
        this.#parts.deadline.signal,
        this.#notAfter,
      ));

    this.#outcome = outcome;

    return this.#answer(vendor, outcome, answer);
  }

  /** Commits the claim, new or renewed, and says what is to be sent, or what a lookup found. */
  async #claimed(
    vendor: string,
    path: string,
    body: Json,
  ): Promise<{ request: VendorRequest; found?: VendorOutcome }> {
    const standing = this.#body;
    if (standing === undefined || standing.state === 'refused') {
      const request: VendorRequest = {
        method: 'POST',
        path,
        body: canonicalJson(body),
        blind: toBase64Url(this.#ports.random.bytes(16)),
      };

      await this.#commitNew(vendor, request, (standing?.intent ?? 0) + 1);
      return { request };
    }

    const request = await this.#openRequest(standing);
    if (standing.state === 'unsent') {
      await this.#assertControlUnchanged(); // nothing has left yet, as before a new claim
      // its key is first used now
      await this.#commitRenewed({ ...standing, claimedAt: this.#ports.clock.now() });
      return { request };
    }

    const kind = this.#ports.vendors.kindOf(vendor);
    const now = this.#ports.clock.now();
    if (kind.kind === 'none')
      throw new VendorUnresolvedError('effect.unknown', vendor, 'its claim outlived its holder');
    // a repetition may leave until the step's time is over, and has to fall into the window then,
    // too
    if (
      kind.kind === 'idempotent' &&
      (now < standing.claimedAt || this.#notAfter - standing.claimedAt >= kind.windowMs)
    ) {
      throw new VendorUnresolvedError(
        'effect.unknown',
        vendor,
        `its key is older than the ${kind.windowMs} ms in which it may be repeated`,
      );
    }

    await this.#commitRenewed(standing);
    this.#repeated = true;

    if (kind.kind === 'idempotent') return { request };

    const found = await this.#ports.vendors.lookup(
      vendor,
      request,
      this.#keyOf(standing.intent),
      this.#parts.deadline.signal,
      this.#notAfter,
    );
    if (found.outcome !== 'refused') return { request, found };

    this.#repeated = false; // it knows nothing of the key, and had time to: nothing has happened

    return { request };
  }

  /**
   * The request of a standing claim. It may be sealed under keys that only looking something up had
   * brought in.
   */
  async #openRequest(standing: ClaimBody): Promise<VendorRequest> {
    const names = standing.layers.map((layer) => ({
      class: layer.class as SealedClass,
      subject: layer.subject,
    }));
    await this.#session.ring.fetch(this.#ports.ledger, names);
    return openRequest(standing, this.#place, this.#session.ring);
  }

  /** The idempotency key: the same for every sending of one intent. */
  #keyOf(intent: number): string {
    return `${this.#session.key.run}/${this.#parts.step}/do/${intent}`;
  }

  /** How long after a call it may still arrive at a vendor that will be asked about it. */
  #settlesMs(vendor: string): number {
    const kind = this.#ports.vendors.kindOf(vendor);
    return kind.kind === 'lookup' ? kind.settlesMs : 0;
  }

  #leaseFrom(now: number, vendor: string): number {
    return now + this.#parts.timeoutMs + LEASE_MARGIN_MS + this.#settlesMs(vendor);
  }

  #answer<S extends $ZodType>(vendor: string, outcome: VendorOutcome, answer: S): output<S> {
    const why = outcome.code ?? 'no reason given';
    const isSafeAgain =
      outcome.outcome !== 'unknown' || this.#ports.vendors.kindOf(vendor).kind !== 'none';
    if (this.#cause === 'credentials' && isSafeAgain) {
      this.#failure = new VendorUnresolvedError('vendor.credentials', vendor, why, { waits: true });
      throw this.#failure;
    }

    switch (outcome.outcome) {
      case 'refused':
        if (!this.#repeated) throw new VendorRefusedError(vendor, why);

        this.#failure = new VendorUnresolvedError(
          'effect.unknown',
          vendor,
          `an earlier sending may have acted; the repetition was refused: ${why}`,
        );

        throw this.#failure;
      case 'unsent':
        this.#failure =
          this.#cause === 'request'
            ? new VendorUnresolvedError('vendor.request', vendor, why)
            : new VendorUnresolvedError('vendor.unreachable', vendor, why, {
                waits: this.#cause === 'down',
              });
        throw this.#failure;
      case 'unknown':
        this.#failure = this.#unresolved(why, isSafeAgain && this.#cause === 'down');
        throw this.#failure;
      case 'answered': {
        const value = parseAnswer(outcome.body);
        const parsed = safeParse(answer, value);
        if (parsed.success) return parsed.data as output<S>;

        const isJson = value !== undefined || (outcome.body ?? '') === '';
        const [fault] = isJson
          ? describeIssues(parsed.error, { schema: answer, value, name: 'the answer' })
          : ['the answer is not JSON'];

        this.#failure = new VendorUnresolvedError(
          'vendor.answer',
          vendor,
          `another form than the step expects: ${fault}`,
        );

        throw this.#failure;
      }
    }
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

  get #place() {
    return {
      owner: claimTarget(this.#session.key, this.#parts.step),
      workspace: this.#session.key.workspace,
    };
  }

  async #commitNew(vendor: string, request: VendorRequest, intent: number): Promise<void> {
    await this.#assertControlUnchanged();

    const now = this.#ports.clock.now();
    const { owner } = this.#place;

    const sealed = sealRequest(
      request,
      [...this.#session.keyNames, ...this.#parts.records.opened],
      this.#place,
      this.#session.ring,
      this.#ports.random,
    );

    const body: ClaimBody = {
      v: 'claim/1',
      run: this.#session.key.run,
      step: this.#parts.step,
      vendor,
      intent,
      state: 'open',
      leaseUntil: this.#leaseFrom(now, vendor),
      claimedAt: now,
      hash: requestHash(request),
      ...sealed,
      decisions: this.#parts.approvals.map((check) => check.target),
    };

    await this.#commit(
      'effect.claim',
      body,
      owner,
      this.#parts.approvals,
      await this.#parts.drawing.commit(),
    );
    this.#parts.drawing.done();
  }

  async #commitRenewed(standing: ClaimBody): Promise<void> {
    const body: ClaimBody = {
      ...standing,
      state: 'open',
      leaseUntil: this.#leaseFrom(this.#ports.clock.now(), standing.vendor),
    };
    await this.#commit('effect.resume', body, this.#place.owner, []);
  }

  async #commit(
    action: 'effect.claim' | 'effect.resume',
    body: ClaimBody,
    owner: string,
    checks: readonly Check[],
    drawn?: ReservationChanges,
  ): Promise<void> {
    const session = this.#session;

    const after = session.transition({
      type: 'step-claimed',
      step: this.#parts.step,
      intent: body.intent,
    });

    const bytes = Buffer.byteLength(body.request);
    const change = claimKind.put(owner, this.#claim, body);

    const commit = session.commitOf(
      after,
      {},
      {
        entry: {
          action,
          outcome: 'ok',
          actor: serviceActor(this.#ports.ledger),
          step: this.#parts.step,
          attempt: after.run.steps[this.#parts.step]?.attempts,
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
      },
    );

    const { revisions } = await this.#ports.ledger.commit(commit);

    this.#claim = { target: owner, body, ...requireRevision(revisions.get(owner)) };
    session.advanceTo(after.run, requireRevision(revisions.get(session.target)));
  }

  /**
   * Control is read again just before the claim: what was allowed when the step was loaded may be
   * over.
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
