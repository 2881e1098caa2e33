/** Duties of privacy law. So far: erasing a subject. */
export { type Shredded, shredSubject } from './shred-subject.ts';
