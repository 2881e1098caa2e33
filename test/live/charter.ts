import { TAG } from './run.ts';

/**
 * What a run can come to at most: prices of `docs/deploy.md`, section 14, which are list prices of
 * us-east-1 as third parties reported them. Counts are bounds, with room, over what a run on
 * stand-ins asks for.
 */
const COSTS: readonly {
  readonly what: string;
  readonly count: number;
  readonly usdEach: number;
}[] = [
  { what: 'write units of DynamoDB', count: 200_000, usdEach: 0.625 / 1e6 },
  { what: 'read units of DynamoDB', count: 500_000, usdEach: 0.125 / 1e6 },
  { what: 'requests of SQS', count: 50_000, usdEach: 0.4 / 1e6 },
  { what: 'requests of KMS', count: 5_000, usdEach: 0.03 / 1e4 },
  { what: 'requests of Secrets Manager', count: 5_000, usdEach: 0.05 / 1e4 },
  { what: 'secrets, for a day each, where a cleaning up comes late', count: 50, usdEach: 0.4 / 30 },
  { what: 'keys, for a day each; pending deletion they cost nothing', count: 3, usdEach: 1 / 30 },
];

/** In whole US dollars, rounded up. */
export const mostUsd = (): number =>
  Math.ceil(COSTS.reduce((sum, { count, usdEach }) => sum + count * usdEach, 0));

/** What is told before anything is made. */
export function charter(account: string, region: string, id: string): string[] {
  return [
    `In account ${account}, region ${region}, this run makes, with names that begin with writ-live-${id} and the tag ${TAG}=${id}:`,
    '  6 tables (on demand), 7 roles and a boundary, a key, a secret, a bucket, 2 queues;',
    '  and while the suites run: 2 keys more, up to 50 secrets and up to 120 queues, a few of them at a time.',
    `It costs less than about ${mostUsd()} USD: at most ${COSTS.map(({ what, count }) => `${count.toLocaleString('en')} ${what}`).join('; ')}.`,
    'It takes all of it away at its end, also after a failure or Ctrl-C. Keys are gone after 7 days.',
  ];
}
