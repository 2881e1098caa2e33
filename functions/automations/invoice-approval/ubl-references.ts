import { all, capped, MAX_REPEATS, maybeText, one, type Spot, textOf } from './ubl-path.ts';

const MAX_REFERENCES = 500;
const MAX_LINES = 2_000;

/** What the invoice refers to besides its order; see `InvoiceInput` for what each means. */
interface References {
  readonly buyerName?: string;
  readonly earlierInvoice?: string;
  readonly otherOrder?: string;
  readonly otherClaim?: string;
}

/**
 * The buyer, the first earlier document that the invoice follows upon, and what makes it ask for
 * something else than its totals say.
 *
 * @see EN 16931-1:2017, BG-7 and BG-3; UBL 2.1 for what EN 16931 leaves out
 */
export function readReferences(root: Spot, orderId: string | undefined): References {
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

/** The orders that lines name for themselves. */
function ordersOfLines(root: Spot): string[] {
  const lines = all(root, 'cac:InvoiceLine', MAX_LINES);
  const references = lines.flatMap((line) => all(line, 'cac:OrderLineReference', MAX_REFERENCES));
  return references.flatMap((reference) => maybeText(reference, 'cac:OrderReference/cbc:ID') ?? []);
}

/** Terms of UBL, none of EN 16931, by which less is owed than the totals say, or nothing. */
const OTHER_CLAIMS: readonly { readonly says: string; readonly isIn: (root: Spot) => boolean }[] = [
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

/** The names of a party: as it is registered, then as it trades. */
export function namesOf(party: Spot): readonly string[] {
  return [
    ...all(party, 'cac:PartyLegalEntity', MAX_REPEATS).map((each) =>
      maybeText(each, 'cbc:RegistrationName'),
    ),
    ...all(party, 'cac:PartyName', MAX_REPEATS).map((each) => maybeText(each, 'cbc:Name')),
  ].filter((name) => name !== undefined);
}

/** The number in a reference, whichever kind of document it is to. */
function earlierIn(reference: Spot): string {
  const ids = reference.element.children.flatMap(
    (element) => one({ element, path: reference.path }, 'cbc:ID') ?? [],
  );
  return ids.map(textOf).find((text) => text !== '') ?? 'without a number';
}
