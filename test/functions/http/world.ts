import * as z from 'zod/mini';
import { checkRole, type Principal, type RoleBody } from '#shared/access/index.ts';
import { automation, open, role, sensitive } from '#shared/automation/index.ts';
import { days, isWritError } from '#shared/kernel/index.ts';
import { type Draw, personOf, rolesOf } from '../../shared/access/generate.ts';
import type { Source } from '../../support/http-sources.ts';

/** Gates of the automation, the stage in which each waits, and who decides there. */
export const GATES = [
  { name: 'draft-ok', stage: 'drafting', decidedBy: 'Team Member', shows: ['title', 'note'] },
  { name: 'review-ok', stage: 'review', decidedBy: 'Compliance Officer', shows: ['title', 'note'] },
  { name: 'client-ok', stage: 'signing', decidedBy: 'Client', shows: ['title'] },
  { name: 'book-ok', stage: 'booking', decidedBy: 'bookkeeper', shows: ['title', 'note'] },
] as const;

const declared = automation({
  name: 'contract-review',
  version: 1,
  purpose: 'try out who sees what',
  subjects: { party: 'partyId' },
  fields: {
    partyId: z.string(),
    /** Name of the gate at which the run waits. */
    waitsAt: z.string(),
    title: open(z.string()),
    note: z.string(),
    iban: sensitive(z.string(), { class: 'financial', of: 'party' }),
    fullName: sensitive(z.string(), { class: 'personal', of: 'party' }),
    told: z.string(),
  },
});

const gates = GATES.map(({ name, decidedBy, shows }) => {
  const waits = declared.rule(`waits-at-${name}`, {
    reads: ['waitsAt', 'title', 'note'],
    settings: { name },
    hits: ({ waitsAt }, settings) => waitsAt === settings.name,
    says: shows.length === 1 ? '{title} waits for you' : '{title} waits at {waitsAt}: {note}',
  });
  return declared.gate(name, {
    when: [waits],
    decidedBy: role(decidedBy),
    shows,
    expires: days(1),
  });
});

const read = declared.step('read', {
  reads: ['iban', 'fullName'],
  writes: ['told'],
  effect: 'none',
  run: () => ({ told: 'nothing yet' }),
});

/** Runs of it wait wherever their input says. Uploads are JSON. */
export const contractReview: Source = {
  flow: declared.flow((run) => {
    const [draft, review, client, book] = gates;
    if (draft === undefined || review === undefined || client === undefined || book === undefined)
      throw new Error('there are four gates');

    return run
      .stage('drafting')
      .gate(draft)
      .stage('review')
      .gate(review)
      .stage('signing')
      .gate(client)
      .stage('booking')
      .gate(book)
      .stage('done')
      .step(read);
  }),
  read: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as Record<string, unknown>,
};

export const ATTRIBUTES = {
  acme: { tier: 'gold', department: 'law' },
  globex: { tier: 'silver', department: 'tax' },
  initech: { tier: 'gold' },
} as const;
export type Workspace = keyof typeof ATTRIBUTES;
export const WORKSPACES = Object.keys(ATTRIBUTES) as Workspace[];

/** A name that nobody but who may read it is to see. */
export const nameMark = (person: string) => `mark-name-${person}`;
/** What a field of a run holds, which nothing else does. */
export const fieldMark = (dataClass: 'public' | 'internal' | 'sealed', run: number) =>
  `mark-${dataClass}-${run}`;
export const MARK = /mark-(?:name-[a-z0-9-]+|(?:public|internal|sealed)-\d+)/g;

/** A company: custom roles that hold together, and many people with them. */
export function company(
  d: Draw,
  size: number,
): { readonly roles: readonly RoleBody[]; readonly people: readonly Principal[] } {
  const roles = Array.from({ length: 20 }, () => rolesOf(d))
    .flat()
    .filter(makesSense)
    .filter(({ name }, i, all) => all.findIndex((other) => other.name === name) === i);
  return {
    roles,
    people: Array.from({ length: size }, (_, i) => ({ ...personOf(d, roles), id: `person-${i}` })),
  };
}

function makesSense(body: RoleBody): boolean {
  try {
    checkRole(body);
    return true;
  } catch (error) {
    if (isWritError(error, 'role.invalid')) return false;
    throw error;
  }
}
