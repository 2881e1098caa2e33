import { checkTotals } from './arithmetic.ts';
import { invoice } from './declaration.ts';

/** Checks the sums of the invoice. */
export const checkArithmetic = invoice.step('check-arithmetic', {
  reads: [
    'currency',
    'lines',
    'taxes',
    'lineTotal',
    'allowanceTotal',
    'chargeTotal',
    'taxExclusive',
    'taxTotal',
    'taxInclusive',
    'prepaid',
    'rounding',
    'payable',
    'allowances',
    'charges',
  ],
  writes: ['arithmeticAgrees', 'arithmeticProblem'],
  effect: 'none',
  run({ fields }) {
    const { agrees, problems } = checkTotals({ ...fields });
    return { arithmeticAgrees: agrees, arithmeticProblem: problems[0] ?? 'none' };
  },
});
