/**
 * Returns the addressee of a notice from the contact on the invoice: the name and the address, or
 * only the one that is present.
 */
export function addressee(contact: {
  readonly contactName?: string;
  readonly contactEmail?: string;
  readonly contactPhone?: string;
  readonly contactKey: string;
}): string {
  const at = contact.contactEmail ?? contact.contactPhone;
  if (at === undefined) return contact.contactName ?? contact.contactKey;
  const address = contact.contactName === undefined ? at : `${contact.contactName} <${at}>`;
  return address.length <= 256 ? address : at;
}
