import {
  deriveDocumentKey,
  fromBase64Url,
  openValue,
  sealValue,
  toBase64Url,
} from '#shared/crypto/index.ts';
import { canonicalJson, parseJson, type Random, type SealedClass } from '#shared/kernel/index.ts';
import type { ClaimBody } from './documents/index.ts';
import type { KeyName, KeyRing } from './key-ring.ts';
import type { VendorRequest } from './ports.ts';

/** Claim document that holds the request. Its keys are derived for this document only. */
interface ClaimLocation {
  readonly owner: string;
  readonly workspace: string;
}

export interface SealRequestOptions {
  /** Data keys to seal under: one for every subject and class the step reads. */
  readonly keyNames: readonly KeyName[];
  readonly location: ClaimLocation;
  readonly ring: KeyRing;
  readonly random: Random;
}

/**
 * Seals a request in nested layers, one for each data key. Therefore, erasing any of the subjects
 * erases the request.
 */
export function sealRequest(
  request: VendorRequest,
  { keyNames, location, ring, random }: SealRequestOptions,
): Pick<ClaimBody, 'request' | 'layers'> {
  let text = canonicalJson(request);
  const layers: ClaimBody['layers'][number][] = [];

  for (const name of distinct(keyNames)) {
    const key = deriveDocumentKey(ring.dataKey(name), { ...location, ...name });
    text = sealValue(key, 'request', text, random);
    layers.push({ class: name.class, subject: name.subject, kc: toBase64Url(key.kc) });
  }

  return { request: text, layers };
}

/**
 * Opens the request of a claim, exactly as it was sealed.
 *
 * @throws `seal.broken`, `subject.erased`
 */
export function openRequest(
  claim: ClaimBody,
  location: ClaimLocation,
  ring: KeyRing,
): VendorRequest {
  let text = claim.request;
  for (const { class: dataClass, subject, kc } of [...claim.layers].reverse()) {
    const name = { class: dataClass as SealedClass, subject };

    text = openValue(
      deriveDocumentKey(ring.dataKey(name), { ...location, ...name }),
      fromBase64Url(kc),
      'request',
      text,
    );
  }

  return parseJson(text) as VendorRequest;
}

function distinct(names: readonly KeyName[]): KeyName[] {
  return [...new Map(names.map((name) => [`${name.class} ${name.subject}`, name])).values()];
}
