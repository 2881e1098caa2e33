/** Obligations under privacy law. Currently only the erasure of a subject. */
export { type Shredded, type ShredRequest, shredSubject } from './shred-subject.ts';
