import { role } from '#shared/automation/index.ts';
import { days } from '#shared/kernel/index.ts';
import { invoice } from './declaration.ts';
import {
  arithmeticWrong,
  changedBankAccount,
  invalidIban,
  newSupplier,
  noOrder,
  orderLinesDiffer,
  orderUsedUp,
  overLimit,
  possibleDuplicate,
  priceMismatch,
} from './rules.ts';

/** Nothing out of the ordinary is paid unless somebody has looked at it. */
export const approvePayment = invoice.gate('approve-payment', {
  when: [
    overLimit,
    noOrder,
    priceMismatch,
    orderUsedUp,
    orderLinesDiffer,
    newSupplier,
    changedBankAccount,
    invalidIban,
    possibleDuplicate,
    arithmeticWrong,
  ],
  decidedBy: role('Compliance Officer'),
  shows: [
    'invoiceNumber',
    'issueDate',
    'dueDate',
    'supplierId',
    'supplierName',
    'currency',
    'payable',
    'orderId',
    'orderTotal',
    'orderLeft',
  ],
  expires: days(14),
});
