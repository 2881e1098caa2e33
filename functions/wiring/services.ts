import type { Setting } from './settings.ts';

/**
 * The services of AWS that a function may use beside the ledger, and what it needs to know for
 * each.
 */
export const SERVICES = {
  /** Puts messages into the queues of the environment. */
  queues: ['account'],
  /** Unwraps the keys of workspaces. */
  keys: ['dataKey'],
  /** Reads the secrets that belong to the function. */
  secrets: [],
  /** Calls the functions of vendors. */
  vendors: [],
} as const satisfies Readonly<Record<string, readonly Setting[]>>;

export type Service = keyof typeof SERVICES;
