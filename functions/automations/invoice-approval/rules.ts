import { invoice } from './declaration.ts';

export const overLimit = invoice.rule('over-limit', {
  reads: ['payable', 'currency'],
  settings: { limit: 1_000_000 },
  hits: ({ payable }, { limit }) => payable > limit,
  says: 'the amount {payable:money} is over the limit {limit:money}',
});

export const noOrder = invoice.rule('no-order', {
  reads: ['orderFound', 'orderId', 'supplierId'],
  hits: ({ orderFound }) => !orderFound,
  says: 'the order named on the invoice ({orderId}) is no order of supplier {supplierId} in this currency',
});

export const priceMismatch = invoice.rule('price-mismatch', {
  reads: ['taxExclusive', 'orderTotal', 'orderExceededPerMille', 'currency'],
  settings: { tolerancePerMille: 20 },
  hits: ({ orderExceededPerMille = 0 }, { tolerancePerMille }) =>
    orderExceededPerMille > tolerancePerMille,
  says: 'the total before tax {taxExclusive:money} is over the order of {orderTotal:money} by {orderExceededPerMille} per mille, more than the tolerance of {tolerancePerMille}',
});

export const orderUsedUp = invoice.rule('order-used-up', {
  reads: [
    'orderFound',
    'orderCovers',
    'orderExceededPerMille',
    'duplicateOf',
    'orderId',
    'orderTotal',
    'orderLeft',
    'taxExclusive',
    'currency',
  ],
  settings: { tolerancePerMille: 20 },
  // An invoice above the whole order is a price mismatch. A duplicate is reported as a duplicate.
  hits: (
    { orderFound, orderCovers, orderExceededPerMille = 0, duplicateOf },
    { tolerancePerMille },
  ) =>
    orderFound &&
    !orderCovers &&
    orderExceededPerMille <= tolerancePerMille &&
    duplicateOf === undefined,
  says: 'order {orderId} is used up: of {orderTotal:money} before tax, {orderLeft:money} is not invoiced yet, and the invoice asks for {taxExclusive:money}',
});

export const orderLinesDiffer = invoice.rule('order-lines-differ', {
  reads: ['orderLinesProblem', 'orderId', 'duplicateOf'],
  hits: ({ orderLinesProblem, duplicateOf }) =>
    orderLinesProblem !== undefined && duplicateOf === undefined,
  says: 'the quantities do not fit order {orderId}: {orderLinesProblem}',
});

export const newSupplier = invoice.rule('new-supplier', {
  reads: ['supplierKnown', 'supplierId', 'supplierName'],
  hits: ({ supplierKnown }) => !supplierKnown,
  says: 'supplier {supplierId} ({supplierName}) is not in the register',
});

export const changedBankAccount = invoice.rule('changed-bank-account', {
  reads: ['supplierKnown', 'bankAccountKnown', 'supplierId'],
  hits: ({ supplierKnown, bankAccountKnown }) => supplierKnown && !bankAccountKnown,
  says: 'the bank account on the invoice is not the one known for supplier {supplierId}',
});

export const invalidIban = invoice.rule('invalid-iban', {
  reads: ['ibanValid'],
  hits: ({ ibanValid }) => !ibanValid,
  says: 'the bank account on the invoice is not a valid IBAN',
});

export const possibleDuplicate = invoice.rule('possible-duplicate', {
  reads: ['duplicateOf', 'duplicateNumber', 'invoiceNumber', 'supplierId'],
  hits: ({ duplicateOf }) => duplicateOf !== undefined,
  says: 'invoice {invoiceNumber} of supplier {supplierId} came before, as run {duplicateOf} with the number {duplicateNumber}',
});

export const arithmeticWrong = invoice.rule('arithmetic-wrong', {
  reads: ['arithmeticAgrees', 'arithmeticProblem'],
  hits: ({ arithmeticAgrees }) => !arithmeticAgrees,
  says: 'the invoice does not add up: {arithmeticProblem}',
});

export const somethingToPay = invoice.rule('something-to-pay', {
  reads: ['payable', 'currency'],
  hits: ({ payable }) => payable > 0,
  says: '{payable:money} is to be paid',
});
