import { days, role } from 'writ';
import { invoice } from './declaration.ts';
import {
  discountOffered,
  factored,
  followsInvoice,
  notByTransfer,
  oddDueDate,
  otherAccountHolder,
  otherClaim,
  otherName,
  otherOrder,
  otherPayee,
  severalAccounts,
} from './payment-rules.ts';
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

/** Requires a decision before an unusual invoice is paid. */
export const approvePayment = invoice.gate('approve-payment', {
  when: [
    ...[
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
    ...[notByTransfer, otherPayee, factored, otherAccountHolder, otherName, severalAccounts],
    ...[discountOffered, followsInvoice, otherOrder, otherClaim, oddDueDate],
  ],
  decidedBy: role('Compliance Officer'),
  shows: [
    ...([
      'invoiceNumber',
      'invoiceType',
      'issueDate',
      'dueDate',
      'supplierId',
      'supplierName',
      'tradingName',
      'knownName',
    ] as const),
    ...([
      'buyerName',
      'currency',
      'payable',
      'taxExclusive',
      'orderId',
      'orderTotal',
      'orderLeft',
      'otherWayToPay',
      'payeeName',
      'accountName',
      'accountsGiven',
    ] as const),
    ...([
      'remittance',
      'discount',
      'earlierInvoice',
      'otherOrder',
      'otherClaim',
      'duplicateNumber',
    ] as const),
  ],
  expires: days(14),
});
