/**
 * Whom a notice goes to, from what the invoice says of its contact: a name with the address, or
 * what there is.
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
