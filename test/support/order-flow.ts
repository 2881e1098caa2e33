import * as z from 'zod/mini';
import { automation, type Flow, role } from '#shared/automation/index.ts';
import { days } from '#shared/kernel/index.ts';

const declared = automation({
  name: 'order-payment',
  version: 1,
  purpose: 'try out how orders are drawn down',
  subjects: {},
  fields: {
    order: z.string(),
    amount: z.int(),
    pieces: z.optional(z.int()),
    hold: z.boolean(),
    fits: z.boolean(),
    left: z.optional(z.int()),
    paymentId: z.string(),
  },
  records: {
    order: {
      fields: { total: z.int(), pieces: z.optional(z.int()) },
      balances: { total: { tolerancePerMille: 20 }, pieces: {} },
    },
  },
});

const usedUp = declared.rule('used-up', {
  reads: ['fits', 'left'],
  hits: ({ fits }) => !fits,
  says: 'the order has {left} left',
});

const approve = declared.gate('approve', {
  when: [usedUp],
  decidedBy: role('Compliance Officer'),
  shows: ['order', 'amount', 'left'],
  expires: days(1),
});

export interface OrderFlowOptions {
  readonly gate?: boolean;
  /** The final step changes only what Writ stores. */
  readonly internal?: boolean;
  /** What the step reserves wrongly: besides `order` once more, or another amount. */
  readonly wrong?: { readonly order?: string; readonly amount?: number };
}

/** reserve → (gate) → pay, which draws what was reserved. */
export function orderFlow({ gate = true, internal = false, wrong }: OrderFlowOptions = {}): Flow {
  const reserve = declared.step('reserve', {
    reads: ['order', 'amount', 'pieces', 'hold'],
    writes: ['fits', 'left'],
    reserves: ['order'],
    effect: 'internal',
    async run({ fields, record }) {
      const { order, amount, pieces, hold } = fields;

      const [reserved] = await Promise.all([
        record('order').reserve(order, { total: wrong?.amount ?? amount, pieces }, { hold }),
        ...(wrong?.order === undefined
          ? []
          : [record('order').reserve(wrong.order, { total: amount })]),
      ]);

      return { fits: reserved?.fits ?? false, left: reserved?.left.total };
    },
  });

  const pay = internal
    ? declared.step('pay', {
        reads: ['amount'],
        writes: ['paymentId'],
        draws: ['order'],
        effect: 'internal',
        run: () => ({ paymentId: 'booked' }),
      })
    : declared.step('pay', {
        reads: ['amount'],
        writes: ['paymentId'],
        vendors: ['bank'],
        draws: ['order'],
        effect: 'external',
        pretend: () => ({ paymentId: 'pretended' }),
        async run({ fields, vendor }) {
          const answer = z.object({ paymentId: z.string() });
          const { paymentId } = await vendor('bank').post(
            '/payments',
            { amount: fields.amount },
            answer,
          );
          return { paymentId };
        },
      });

  return declared.flow((run) => {
    const reserved = run.stage('checking').step(reserve);
    return (gate ? reserved.stage('approval').gate(approve) : reserved).stage('paying').step(pay);
  });
}
