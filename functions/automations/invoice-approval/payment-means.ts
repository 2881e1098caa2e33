/** Meaning of UNTDID 4461 codes for the payer. */
const MEANINGS: ReadonlyMap<string, string> = new Map([
  ['1', 'not defined'],
  ['10', 'cash'],
  ['20', 'cheque'],
  ['30', 'credit transfer'],
  ['31', 'debit transfer'],
  ['42', 'payment to a bank account'],
  ['48', 'bank card: it may have been paid already'],
  ['49', 'direct debit: the supplier collects it himself by the mandate'],
  ['50', 'postgiro'],
  ['54', 'credit card: it may have been paid already'],
  ['55', 'debit card: it may have been paid already'],
  ['56', 'bankgiro'],
  ['57', 'standing agreement: paid as was agreed before'],
  ['58', 'SEPA credit transfer'],
  ['59', 'SEPA direct debit: the supplier collects it himself by the mandate'],
  ['68', 'online payment service: it may have been paid already'],
  ['93', 'reference giro'],
  ['96', 'the requested method was not used'],
  ['97', 'clearing between partners: set off against what they owe'],
  ['ZZZ', 'agreed between the parties'],
]);

/** Codes of transfers that a bank executes on the payer's order. */
const TRANSFERS: readonly string[] = ['30', '42', '58'];

/** Payment means on an invoice. */
export interface PaymentMeans {
  /** UNTDID 4461 code; undefined when the invoice gives no code. */
  readonly code: string | undefined;
  readonly mandate: boolean;
  readonly card: boolean;
}

/** Returns true if all payment means of the invoice are transfers without a mandate or card. */
export function isByTransfer(means: readonly PaymentMeans[]): boolean {
  return (
    means.length > 0 &&
    means.every(({ code = '', mandate, card }) => TRANSFERS.includes(code) && !mandate && !card)
  );
}

/**
 * Describes payment means, each with its code, such as `59 (SEPA direct debit: the supplier
 * collects it himself by the mandate)`.
 */
export function describeMeans(means: readonly PaymentMeans[]): string {
  const descriptions = new Set(means.map(describe));
  return [...descriptions].slice(0, 5).join('; ') || 'it does not say how';
}

function describe({ code, mandate, card }: PaymentMeans): string {
  const also = `${mandate ? ', with a mandate for direct debit' : ''}${card ? ', with a payment card' : ''}`;
  if (code === undefined) return `without a code${also}`;
  // Repeats only a well-formed code, so that no other text from the file gets into a sentence.
  const shown = /^[0-9A-Z]{1,3}$/.test(code) ? code : 'another code';
  return `${shown} (${MEANINGS.get(code) ?? 'not a transfer'})${also}`;
}
