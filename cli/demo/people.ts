import type { Actor } from '#shared/audit/index.ts';
import type { Approver } from '#shared/engine/index.ts';

/** Fictitious person for trying Writ on one machine. */
export interface SamplePerson {
  readonly id: string;
  readonly role: string;
  /** Workspaces the person has access to; `*` means all. */
  readonly workspaces: readonly string[] | '*';
  /** Short description, for the greeting. */
  readonly does: string;
}

/** Sample people. They exist only on the embedded platform, and cannot sign in to a deployment. */
export const SAMPLE_PEOPLE: readonly SamplePerson[] = [
  { id: 'sample-clerk', role: 'Team Member', workspaces: ['acme'], does: 'starts runs' },
  {
    id: 'sample-approver',
    role: 'Compliance Officer',
    workspaces: ['acme'],
    does: 'decides at gates, reads the trail',
  },
  { id: 'sample-admin', role: 'Admin', workspaces: '*', does: 'manages people and workspaces' },
  {
    id: 'sample-auditor',
    role: 'Auditor',
    workspaces: '*',
    does: 'reads everything, changes nothing',
  },
  {
    id: 'sample-client',
    role: 'Client',
    workspaces: ['acme'],
    does: 'reads runs of their workspace',
  },
  { id: 'sample-operator', role: 'Operator', workspaces: '*', does: 'monitors runs' },
  {
    id: 'sample-stranger',
    role: 'Team Member',
    workspaces: ['globex'],
    does: 'works in another workspace',
  },
];

const person = (id: string): Actor => ({ kind: 'user', id, auth: 'embedded', origin: 'local' });

/** Starts runs of invoices. */
export const clerk: Actor = person('sample-clerk');
/**
 * Decides at gates. Differs from the clerk, because the person who started a run cannot decide its
 * gates.
 */
export const approver: Approver = {
  actor: person('sample-approver'),
  roles: ['Compliance Officer'],
};
/** Sets the demo up. */
export const operator: Actor = person('sample-operator');
