import { DAY } from 'writ';
import { invoice } from './declaration.ts';

export const notByTransfer = invoice.rule('not-by-transfer', {
  reads: ['otherWayToPay'],
  hits: ({ otherWayToPay }) => otherWayToPay !== undefined,
  says: 'the invoice is not to be paid by transfer: {otherWayToPay}',
});

export const otherPayee = invoice.rule('other-payee', {
  reads: ['payeeName', 'supplierName'],
  hits: ({ payeeName }) => payeeName !== undefined,
  says: 'the invoice asks to pay {payeeName}, which is not the supplier {supplierName}; approving pays the first account of the invoice in that name',
});

export const factored = invoice.rule('factored', {
  reads: ['invoiceType', 'supplierName'],
  hits: ({ invoiceType }) => invoiceType === '393',
  says: 'the invoice is of the type {invoiceType}, factored: the supplier {supplierName} has sold what is owed, and somebody else is to be paid',
});

export const otherAccountHolder = invoice.rule('other-account-holder', {
  reads: ['accountName', 'supplierName'],
  hits: ({ accountName }) => accountName !== undefined,
  says: 'the bank account on the invoice is in the name of {accountName}, which is not the supplier {supplierName}',
});

export const otherName = invoice.rule('other-name', {
  reads: ['supplierKnown', 'nameKnown', 'supplierId', 'supplierName', 'knownName'],
  hits: ({ supplierKnown, nameKnown }) => supplierKnown && !nameKnown,
  says: 'the invoice names the supplier {supplierName}, the register knows {supplierId} as {knownName}',
});

export const severalAccounts = invoice.rule('several-accounts', {
  reads: ['accountsGiven', 'bankAccountKnown', 'supplierId'],
  hits: ({ accountsGiven, bankAccountKnown }) => accountsGiven > 1 && !bankAccountKnown,
  says: 'the invoice gives {accountsGiven} bank accounts, and the one known for supplier {supplierId} is not to be paid; approving pays the first',
});

export const discountOffered = invoice.rule('discount-offered', {
  reads: ['discount', 'payable', 'currency'],
  hits: ({ discount }) => discount !== undefined,
  says: 'the invoice offers a discount for early payment ({discount}); approving pays all of {payable:money}',
});

export const followsInvoice = invoice.rule('follows-invoice', {
  reads: ['earlierInvoice', 'invoiceNumber'],
  hits: ({ earlierInvoice }) => earlierInvoice !== undefined,
  says: 'invoice {invoiceNumber} refers to the earlier {earlierInvoice}, which may be paid already',
});

export const otherOrder = invoice.rule('other-order', {
  reads: ['otherOrder', 'orderId'],
  hits: ({ otherOrder }) => otherOrder !== undefined,
  says: 'a line of the invoice names the order {otherOrder}, and the invoice is for {orderId}',
});

export const otherClaim = invoice.rule('other-claim', {
  reads: ['otherClaim', 'payable', 'currency'],
  hits: ({ otherClaim }) => otherClaim !== undefined,
  says: 'the invoice may ask for less than {payable:money}: {otherClaim}',
});

export const oddDueDate = invoice.rule('odd-due-date', {
  reads: ['issueDate', 'dueDate'],
  settings: { days: 180 },
  hits: ({ issueDate, dueDate }, { days }) =>
    dueDate !== undefined && !isWithin(daysBetween(issueDate, dueDate), days),
  says: 'the invoice of {issueDate} is due on {dueDate}: before its own date, or more than {days} days after it',
});

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY;
}

function isWithin(days: number, max: number): boolean {
  return days >= 0 && days <= max;
}
