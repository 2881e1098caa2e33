/** Parts of an id of a run or gate. */
export interface Reference {
  readonly workspace?: string;
  readonly automation?: string;
  /** Random part of the run's id, or the start of it. */
  readonly run: string;
  readonly gate?: string;
}

const NAME = '[a-z][a-z0-9-]{0,31}';
/**
 * Names of gates. Longer than other names, because the engine itself opens gates such as
 * `supervise-pay`.
 */
const GATE = '[a-z][a-z0-9-]{0,63}';
const RUN = '[a-z0-9]{1,64}';
/** Complete random part of a run's id: 128 bits in Crockford's base 32. */
const FULL_RUN = '[0-9a-hjkmnp-tv-z]{26}';

/**
 * Forms of ids in the output of commands, `writ trail --json`, `writ verify` and log lines. The
 * order matters, because the last forms also match parts of the first.
 */
const FORMS = [
  // document keys: `run#invoice-approval#acme#…`, `fields#invoice-approval#acme#internal#…`,
  // `decision#invoice-approval#acme#….approve-payment`
  `(?:gate|decision|timer)#(?<automation>${NAME})#(?<workspace>${NAME})#(?<run>${RUN})\\.(?<gate>${GATE})`,
  `[a-z]+#(?<automation>${NAME})#(?<workspace>${NAME})#(?:[a-z]+#)?(?<run>${RUN})(?:\\.${GATE})?`,
  // entry targets: `invoice-approval.…`, `invoice-approval.….approve-payment`
  `(?<automation>${NAME})\\.(?<run>${FULL_RUN})(?:\\.(?<gate>${GATE}))?`,
  // ids of the API: `acme.invoice-approval.…`, `acme.invoice-approval.….approve-payment`
  `(?<workspace>${NAME})\\.(?<automation>${NAME})\\.(?<run>${RUN})(?:\\.(?<gate>${GATE}))?`,
  // shortened: `k3f9x2ab`, `k3f9x2ab.approve-payment`
  `(?<run>${RUN})(?:\\.(?<gate>${GATE}))?`,
].map((form) => new RegExp(`^${form}$`));

/** Parses an id in any form that Writ prints. Returns undefined for other text. */
export function readReference(typed: string): Reference | undefined {
  for (const form of FORMS) {
    const { groups } = form.exec(typed) ?? {};
    if (groups === undefined) continue;

    const { run = '', workspace, automation, gate } = groups;

    return {
      run,
      workspace,
      automation,
      gate,
    };
  }

  return undefined;
}
