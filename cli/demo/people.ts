import type { Actor } from '#shared/audit/index.ts';
import type { Approver } from '#shared/engine/index.ts';

/** Somebody made up, to try Writ out on one machine. */
export interface SamplePerson {
  readonly id: string;
  readonly role: string;
  /** The workspaces they are let into; `*`: every one. */
  readonly workspaces: readonly string[] | '*';
  /** A sentence for whoever tries them. */
  readonly does: string;
}

/**
 * The sample people. They exist only in the embedded mode: no issuer of a deployment knows them.
 */
export const SAMPLE_PEOPLE: readonly SamplePerson[] = [
  { id: 'sample-clerk', role: 'Team Member', workspaces: ['acme'], does: 'starts runs' },
  {
    id: 'sample-approver',
    role: 'Compliance Officer',
    workspaces: ['acme'],
    does: 'decides at gates, reads the trail',
  },
  { id: 'sample-admin', role: 'Admin', workspaces: '*', does: 'looks after people and workspaces' },
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
    does: 'sees runs of their own workspace',
  },
  { id: 'sample-operator', role: 'Operator', workspaces: '*', does: 'sees where runs stand' },
  {
    id: 'sample-stranger',
    role: 'Team Member',
    workspaces: ['globex'],
    does: 'is let into another workspace',
  },
];

const person = (id: string): Actor => ({ kind: 'user', id, auth: 'embedded', origin: 'local' });

/** Uploads invoices. */
export const clerk: Actor = person('sample-clerk');
/** Decides at gates. Not the clerk: who starts a run decides at none of its gates. */
export const approver: Approver = {
  actor: person('sample-approver'),
  roles: ['Compliance Officer'],
};
/** Sets the demo up. */
export const operator: Actor = person('sample-operator');
