import type { Actor } from '#shared/audit/index.ts';
import type { Approver } from '#shared/engine/index.ts';

/** Sample people. They exist only in the embedded mode; no sign-in knows them. */
const person = (id: string): Actor => ({ kind: 'user', id, auth: 'embedded', origin: 'local' });

/** Uploads invoices. */
export const clerk: Actor = person('sample-clerk');
/** Decides at gates. Not the clerk: who starts a run decides at none of its gates. */
export const approver: Approver = { actor: person('sample-approver'), roles: ['Compliance Officer'] };
/** Sets the demo up. */
export const operator: Actor = person('sample-operator');
