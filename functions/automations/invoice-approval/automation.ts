import { seconds } from 'writ';
import { approvePayment } from './approve-payment.ts';
import { checkArithmetic } from './check-arithmetic.ts';
import { checkSupplier } from './check-supplier.ts';
import { invoice } from './declaration.ts';
import { matchOrder } from './match-order.ts';
import { pay } from './pay.ts';
import { somethingToPay } from './rules.ts';
import { tellRejection } from './tell-rejection.ts';
import { tellSupplier } from './tell-supplier.ts';

/**
 * Pays supplier invoices that match their purchase orders. Exceptions wait for a person's decision.
 */
export default invoice.flow((run) =>
  run
    .stage('checking')
    .step(checkArithmetic)
    .step(checkSupplier)
    .step(matchOrder)
    .stage('approval')
    .gate(approvePayment, {
      rejected: (rejected) => rejected.stage('rejected').step(tellRejection),
    })
    .stage('paying')
    .when(somethingToPay, (owed) =>
      owed.step(pay, { timeout: seconds(5), retry: { attempts: 8, capMs: seconds(60) } }),
    )
    .stage('done')
    .step(tellSupplier),
);
