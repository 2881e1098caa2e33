/** What privacy law asks of the platform. So far: erasing a subject by shredding its keys. */
export { type Shredded, shredSubject } from './shred-subject.ts';
