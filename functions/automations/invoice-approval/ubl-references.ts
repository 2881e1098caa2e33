import { all, capped, MAX_REPEATS, maybeText, one, textOf, type UblNode } from './ubl-path.ts';

const MAX_REFERENCES = 500;
const MAX_LINES = 2_000;

/** References of the invoice other than its order; see `InvoiceInput` for each field. */
interface References {
  readonly buyerName?: string;
  readonly earlierInvoice?: string;
  readonly otherOrder?: string;
  readonly otherClaim?: string;
}

/**
 * Reads the buyer, the first earlier document, and indications that the claim differs from the
 * totals.
 *
 * @see EN 16931-1:2017, BG-7 and BG-3; UBL 2.1 for terms that EN 16931 does not have
 */
export function readReferences(root: UblNode, orderId: string | undefined): References {
  const buyer = one(root, 'cac:AccountingCustomerParty/cac:Party');
  const [buyerName] = buyer === undefined ? [] : namesOf(buyer);
  const [earlierInvoice] = all(root, 'cac:BillingReference', MAX_REFERENCES).map(earlierIn);
  const otherOrder = ordersOfLines(root).find((order) => order !== orderId);
  const otherClaim = OTHER_CLAIMS.find(({ isIn }) => isIn(root))?.says;

  return {
    buyerName: buyerName === undefined ? undefined : capped(buyerName),
    earlierInvoice: earlierInvoice === undefined ? undefined : capped(earlierInvoice),
    otherOrder: otherOrder === undefined ? undefined : capped(otherOrder),
    otherClaim,
  };
}

/** Returns the orders that individual lines name. */
function ordersOfLines(root: UblNode): string[] {
  const lines = all(root, 'cac:InvoiceLine', MAX_LINES);
  const references = lines.flatMap((line) => all(line, 'cac:OrderLineReference', MAX_REFERENCES));
  return references.flatMap((reference) => maybeText(reference, 'cac:OrderReference/cbc:ID') ?? []);
}

/** UBL terms outside EN 16931 that reduce the claim to less than the totals. */
const OTHER_CLAIMS: readonly {
  readonly says: string;
  readonly isIn: (root: UblNode) => boolean;
}[] = [
  {
    says: 'it is a copy (cbc:CopyIndicator)',
    isIn: (root) => ['true', '1'].includes(maybeText(root, 'cbc:CopyIndicator') ?? ''),
  },
  {
    says: 'something is prepaid (cac:PrepaidPayment)',
    isIn: (root) => all(root, 'cac:PrepaidPayment', MAX_REFERENCES).length > 0,
  },
  {
    says: 'tax is withheld (cac:WithholdingTaxTotal)',
    isIn: (root) => all(root, 'cac:WithholdingTaxTotal', MAX_REFERENCES).length > 0,
  },
];

/** Returns the names of a party: the registered name, then trading names. */
export function namesOf(party: UblNode): readonly string[] {
  return [
    ...all(party, 'cac:PartyLegalEntity', MAX_REPEATS).map((each) =>
      maybeText(each, 'cbc:RegistrationName'),
    ),
    ...all(party, 'cac:PartyName', MAX_REPEATS).map((each) => maybeText(each, 'cbc:Name')),
  ].filter((name) => name !== undefined);
}

/** Returns the document number in a reference of any kind. */
function earlierIn(reference: UblNode): string {
  const ids = reference.element.children.flatMap(
    (element) => one({ element, path: reference.path }, 'cbc:ID') ?? [],
  );
  return ids.map(textOf).find((text) => text !== '') ?? 'without a number';
}
