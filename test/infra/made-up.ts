import * as z from 'zod/mini';
import { automation, open, role, sensitive } from '#shared/automation/index.ts';

const refund = automation({
  name: 'made-up',
  version: 1,
  purpose: 'give money back',
  subjects: { patient: 'patientId' },
  fields: {
    patientId: sensitive(z.string(), { class: 'personal', of: 'patient' }),
    diagnosis: sensitive(z.string(), { class: 'health', of: 'patient' }),
    amount: z.int(),
    price: open(z.int()),
    refundId: z.string(),
  },
});

const person = role('Team Member');
const look = refund.step('look', {
  reads: ['diagnosis', 'price'],
  secrets: ['signing'],
  effect: 'none',
  run: () => ({}),
});
const bank = { vendors: ['bank'], effect: 'external' } as const;
const refundNow = refund.step('refund-now', {
  ...bank,
  reads: ['patientId', 'amount'],
  writes: ['refundId'],
  pretend: () => ({ refundId: '' }),
  run: () => ({ refundId: '' }),
});
const bonus = refund.step('bonus', {
  ...bank,
  reads: ['refundId'],
  pretend: () => ({}),
  run: () => ({}),
});
const large = refund.rule('large', {
  reads: ['amount'],
  hits: ({ amount }) => amount > 5,
  says: '{amount} is large',
});
const first = refund.gate('first', { decidedBy: person, shows: ['amount'] });
const second = refund.gate('second', { decidedBy: person, shows: ['amount'] });

/**
 * An automation that no folder holds: other classes, a secret of a step's own, two gates in a row,
 * two external steps.
 */
export default refund.flow((run) =>
  run
    .stage('looking')
    .step(look)
    .when(large, (big) => big.gate(first).gate(second))
    .step(refundNow)
    .step(bonus),
);
