import * as z from 'zod/mini';
import {
  automation,
  type Flow,
  type Rule,
  role,
  type Step,
  type StepContext,
  sensitive,
} from '#shared/automation/index.ts';
import { days, seconds } from '#shared/kernel/index.ts';

const declared = automation({
  name: 'payment',
  version: 1,
  purpose: 'try the engine out',
  subjects: { payee: 'payeeId' },
  fields: {
    payeeId: z.string().check(z.minLength(1)),
    amount: z.int(),
    note: z.optional(z.string()),
    lines: z.optional(z.array(z.string())),
    iban: sensitive(z.string(), { class: 'financial', of: 'payee' }),
    checked: z.boolean(),
    paymentId: z.string(),
    told: z.string(),
  },
  records: {
    limit: { fields: { max: z.int() } },
    seen: { fields: { as: z.optional(z.string()) } },
  },
});

const answer = z.object({ paymentId: z.string() });

type Any = StepContext<
  Record<string, never>,
  Record<string, never>,
  never,
  string,
  string,
  string,
  string
>;

export interface PaymentFlowOptions {
  /** Replaces what the check does; typed loosely, so that tests can do what the types forbid. */
  readonly check?: (context: Any & { readonly fields: Record<string, unknown> }) => unknown;
  readonly pay?: (context: Any & { readonly fields: Record<string, unknown> }) => unknown;
  readonly attempts?: number;
  /** How long steps wait for something outside. */
  readonly patienceMs?: number;
  /** The longest first pause. */
  readonly baseMs?: number;
  readonly timeoutMs?: number;
  readonly gate?: boolean;
}

export const overLimit: Rule = declared.rule('over-limit', {
  reads: ['amount'],
  settings: { limit: 1_000 },
  hits: ({ amount }, { limit }) => amount > limit,
  says: 'the amount {amount} is over {limit}',
});

export const approve = declared.gate('approve', {
  when: [overLimit],
  decidedBy: role('Compliance Officer'),
  shows: ['payeeId', 'amount'],
  expires: days(1),
});

/** check → (gate) → pay at a bank → tell: small, but with every kind of step. */
export function paymentFlow({
  check,
  pay,
  attempts = 3,
  patienceMs,
  baseMs = 1,
  timeoutMs = seconds(5),
  gate = true,
}: PaymentFlowOptions = {}): Flow {
  const loose = (run: unknown) => run as never;

  const checkStep: Step = declared.step('check', {
    reads: ['amount', 'iban', 'note', 'lines'],
    writes: ['checked'],
    secrets: ['signing'],
    lookups: ['limit', 'seen'],
    registers: ['seen'],
    effect: 'internal',
    run: loose(
      check ??
        (({ fields }: { fields: { iban: string } }) => ({ checked: fields.iban.length > 0 })),
    ),
  });

  const payStep: Step = declared.step('pay', {
    reads: ['iban', 'amount'],
    writes: ['paymentId'],
    vendors: ['bank'],
    effect: 'external',
    pretend: () => ({ paymentId: 'pretended' }),
    run: loose(
      pay ??
        (async ({ fields, vendor }: Any & { fields: { iban: string; amount: number } }) => {
          const { paymentId } = await vendor('bank').post(
            '/payments',
            { iban: fields.iban, amount: fields.amount },
            answer,
          );
          return { paymentId };
        }),
    ),
  });

  const tellStep = declared.step('tell', {
    reads: ['amount'],
    writes: ['told'],
    effect: 'none',
    run: ({ fields }) => ({ told: `paid ${fields.amount}` }),
  });

  const retry = {
    attempts,
    baseMs,
    capMs: 2 * baseMs,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  };

  return declared.flow((run) => {
    const checked = run.stage('checking').step(checkStep, { retry, timeout: timeoutMs });
    return (gate ? checked.stage('approval').gate(approve) : checked)
      .stage('paying')
      .step(payStep, { retry, timeout: timeoutMs })
      .step(tellStep);
  });
}

/** check → when the amount is small: pay. What is large is never paid. */
export function smallOnlyFlow(): Flow {
  const { steps } = paymentFlow();
  const step = (name: string) => steps.get(name)!.step;

  const small = declared.rule('small', {
    reads: ['amount'],
    settings: { limit: 1_000 },
    hits: ({ amount }, { limit }) => amount <= limit,
    says: '{amount} is at most {limit}',
  });

  return declared.flow((run) =>
    run
      .stage('checking')
      .step(step('check'))
      .stage('paying')
      .when(small, (yes) => yes.step(step('pay')))
      .step(step('tell')),
  );
}

/**
 * pay, to an account that is looked up: the step reads no sealed field, and yet holds a sealed
 * value.
 */
export function sealedLookupFlow(): Flow {
  const own = automation({
    name: 'lookup',
    version: 1,
    purpose: 'try lookups out',
    subjects: { payee: 'payeeId' },
    fields: { payeeId: z.string(), amount: z.int(), paymentId: z.string() },
    records: {
      account: {
        of: 'payee',
        fields: { iban: sensitive(z.string(), { class: 'financial', of: 'payee' }) },
      },
    },
  });

  const pay = own.step('pay', {
    reads: ['payeeId', 'amount'],
    writes: ['paymentId'],
    vendors: ['bank'],
    lookups: ['account'],
    effect: 'external',
    pretend: () => ({ paymentId: 'pretended' }),
    async run({ fields, record, vendor }) {
      const account = await record('account').find(fields.payeeId);
      return vendor('bank').post(
        '/payments',
        { iban: account?.iban ?? '', amount: fields.amount },
        answer,
      );
    },
  });

  return own.flow((run) =>
    run.stage('paying').step(pay, { retry: { attempts: 3, baseMs: 1, capMs: 2 } }),
  );
}

/** check → when the amount is large: gate → pay: the gate stands on one of two ways. */
export function branchingFlow(): Flow {
  const { steps } = paymentFlow();
  const step = (name: string) => steps.get(name)!.step;

  const large = declared.rule('large', {
    reads: ['amount'],
    settings: { limit: 1_000 },
    hits: ({ amount }, { limit }) => amount > limit,
    says: '{amount} is over {limit}',
  });

  return declared.flow((run) =>
    run
      .stage('checking')
      .step(step('check'))
      .when(large, (yes) => yes.gate(approve))
      .stage('paying')
      .step(step('pay'))
      .step(step('tell')),
  );
}

export const input = (over: Record<string, unknown> = {}) => ({
  payeeId: 'payee-1',
  amount: 100,
  iban: 'NL91ABNA0417164300',
  ...over,
});
