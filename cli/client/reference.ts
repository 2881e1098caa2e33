/** What an id that somebody typed says of a run, or of a gate of it. */
export interface Reference {
  readonly workspace?: string;
  readonly automation?: string;
  /** The whole of its own part, or the beginning of it. */
  readonly run: string;
  readonly gate?: string;
}

const NAME = '[a-z][a-z0-9-]{0,31}';
/** Of gates that the engine opens by itself, too. */
const GATE = '[a-z][a-z0-9-]{0,63}';
const RUN = '[a-z0-9]{1,64}';
/** The whole of a run's own part: 128 bits in Crockford's base 32. */
const WHOLE = '[0-9a-hjkmnp-tv-z]{26}';

/**
 * The forms in which ids of runs and gates are printed, the unmistakable ones first: by commands,
 * in the entries that `writ trail --json` gives, in what `writ verify` finds, and in log lines.
 */
const FORMS = [
  // keys of documents: `run#invoice-approval#acme#…`, `fields#invoice-approval#acme#internal#…`,
  // `decision#invoice-approval#acme#….approve-payment`
  `(?:gate|decision|timer)#(?<automation>${NAME})#(?<workspace>${NAME})#(?<run>${RUN})\\.(?<gate>${GATE})`,
  `[a-z]+#(?<automation>${NAME})#(?<workspace>${NAME})#(?:[a-z]+#)?(?<run>${RUN})(?:\\.${GATE})?`,
  // targets of entries: `invoice-approval.…`, `invoice-approval.….approve-payment`
  `(?<automation>${NAME})\\.(?<run>${WHOLE})(?:\\.(?<gate>${GATE}))?`,
  // of the API: `acme.invoice-approval.…`, `acme.invoice-approval.….approve-payment`
  `(?<workspace>${NAME})\\.(?<automation>${NAME})\\.(?<run>${RUN})(?:\\.(?<gate>${GATE}))?`,
  // shortened: `k3f9x2ab`, `k3f9x2ab.approve-payment`
  `(?<run>${RUN})(?:\\.(?<gate>${GATE}))?`,
].map((form) => new RegExp(`^${form}$`));

/** Reads an id in any form in which one is printed. @returns undefined for what is none. */
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
