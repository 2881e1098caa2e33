/** Duties of privacy law. So far: erasing a subject. */
export { type Shredded, type ShredRequest, shredSubject } from './shred-subject.ts';
