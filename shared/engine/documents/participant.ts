import { documentKind, joinTarget } from '#shared/ledger/index.ts';
import type { RunKey } from './run.ts';

/**
 * Part that a person takes in a run. One for each person and run, inserted once: a requester cannot
 * decide the gates of the run, and an approver cannot request it.
 */
export type ParticipantBody = {
  readonly v: 'participant/1';
  readonly run: string;
  readonly person: string;
  readonly as: 'requester' | 'approver';
  readonly at: number;
};

/** Key of the part that a person takes in a run, by the encoded id of the person. */
export const encodedParticipantTarget = (key: RunKey, person: string) =>
  joinTarget('participant', key, `${key.run}.${person}`);

/** Insert-only, and only by the functions of runs and of gates. */
export const participantKind = /* @__PURE__ */ documentKind<ParticipantBody>({
  v: 'participant/1',
  members: { as: 'string' },
});
