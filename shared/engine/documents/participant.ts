import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/**
 * Role of a person in a run: requester or approver. Inserted once per person and run, so that a
 * requester cannot decide the gates of the run and an approver cannot request it.
 */
export type ParticipantBody = {
  readonly v: 'participant/1';
  readonly run: string;
  readonly person: string;
  readonly as: 'requester' | 'approver';
  readonly at: number;
};

/** Key of a person's participant document in a run. @param person - Encoded id. */
export const encodedParticipantTarget = (key: RunKey, person: string) =>
  joinTarget('participant', key, `${key.run}.${person}`);

/** Insert-only. Written only by the functions that start runs and decide gates. */
export const participantKind = /* @__PURE__ */ documentKind<ParticipantBody>({
  v: 'participant/1',
  members: { as: 'string' },
});
