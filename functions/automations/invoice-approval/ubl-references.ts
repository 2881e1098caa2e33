import { all, capped, maybeText, one, type Spot, textOf } from './ubl-path.ts';

const MAX_REFERENCES = 500;

/** What the invoice refers to besides its order; see `InvoiceInput` for what each means. */
interface References {
  readonly buyerName?: string;
  readonly earlierInvoice?: string;
}

/**
 * The buyer, and the first earlier document that the invoice follows upon.
 *
 * @see EN 16931-1:2017, BG-7 and BG-3
 */
export function readReferences(root: Spot): References {
  const buyer = one(root, 'cac:AccountingCustomerParty/cac:Party');
  const [buyerName] = buyer === undefined ? [] : namesOf(buyer);
  const [earlierInvoice] = all(root, 'cac:BillingReference', MAX_REFERENCES).map(earlierIn);
  return {
    ...(buyerName === undefined ? {} : { buyerName: capped(buyerName) }),
    ...(earlierInvoice === undefined ? {} : { earlierInvoice: capped(earlierInvoice) }),
  };
}

/** The names of a party: as it is registered, then as it trades. */
export function namesOf(party: Spot): readonly string[] {
  return [
    ...all(party, 'cac:PartyLegalEntity', MAX_REFERENCES).map((each) => maybeText(each, 'cbc:RegistrationName')),
    ...all(party, 'cac:PartyName', MAX_REFERENCES).map((each) => maybeText(each, 'cbc:Name')),
  ].filter((name) => name !== undefined);
}

/** The number in a reference, whichever kind of document it is to. */
function earlierIn(reference: Spot): string {
  const ids = reference.element.children.flatMap((element) => one({ element, path: reference.path }, 'cbc:ID') ?? []);
  return ids.map(textOf).find((text) => text !== '') ?? 'without a number';
}
