import { LedgerRefusedError } from './errors.ts';
import { TRAIL_PAGE_MAX, type TrailPageRequest } from './ports.ts';

/** Position of an entry among the entries of its run, with each part in the store's format. */
export interface TrailPlace {
  readonly time: string;
  readonly n: string;
  readonly writer: string;
}

/**
 * Returns the cursor of a page that ends with this entry. Its length is limited by {@link CURSOR},
 * because a function that writes entries may choose a long writer name.
 */
export const trailCursor = ({ time, n, writer }: TrailPlace): string => `${time} ${n} ${writer}`;

/** Numbers in DynamoDB's format. A function that writes entries may have chosen any number. */
const CURSOR = /^(-?\d[\d.]*(?:E[+-]?\d+)?) (-?\d[\d.]*(?:E[+-]?\d+)?) (.{1,2048})$/is;

/**
 * Returns the entry after which a page begins; undefined for the first page.
 *
 * @throws {@link LedgerRefusedError} for an invalid cursor or limit.
 */
export function placeAfter({ after, limit }: TrailPageRequest): TrailPlace | undefined {
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > TRAIL_PAGE_MAX)
    throw new LedgerRefusedError(
      `a page of ${limit} entries was asked for; allowed are 1 to ${TRAIL_PAGE_MAX}`,
      { limit },
    );
  if (after === undefined) return undefined;
  const [, time, n, writer] = CURSOR.exec(after) ?? [];
  if (time === undefined || n === undefined || writer === undefined) throw notOurs();

  return { time, n, writer };
}

/** Error for an invalid cursor. */
export const notOurs = () =>
  new LedgerRefusedError('the cursor of a page is not one that a page gave');
