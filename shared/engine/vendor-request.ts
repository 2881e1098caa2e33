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

interface Place {
  readonly owner: string;
  readonly workspace: string;
}

/**
 * Seals a request under every subject and class the step reads, one around the other: erasing any
 * one of them erases it.
 */
export function sealRequest(
  request: VendorRequest,
  names: readonly KeyName[],
  place: Place,
  ring: KeyRing,
  random: Random,
): Pick<ClaimBody, 'request' | 'layers'> {
  let text = canonicalJson(request);
  const layers: ClaimBody['layers'][number][] = [];

  for (const name of distinct(names)) {
    const key = deriveDocumentKey(ring.dataKey(name), { ...place, ...name });
    text = sealValue(key, 'request', text, random);
    layers.push({ class: name.class, subject: name.subject, kc: toBase64Url(key.kc) });
  }

  return { request: text, layers };
}

/** The exact request inside a claim. @throws `seal.broken`, `subject.erased` */
export function openRequest(claim: ClaimBody, place: Place, ring: KeyRing): VendorRequest {
  let text = claim.request;
  for (const { class: dataClass, subject, kc } of [...claim.layers].reverse()) {
    const name = { class: dataClass as SealedClass, subject };

    text = openValue(
      deriveDocumentKey(ring.dataKey(name), { ...place, ...name }),
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
