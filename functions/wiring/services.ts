import type { Setting } from './settings.ts';

/**
 * AWS services that a function can use in addition to the ledger, with the settings that each
 * needs.
 */
export const SERVICES = {
  /** Sends messages to the queues of the environment. */
  queues: ['account'],
  /** Unwraps the keys of workspaces. */
  keys: ['dataKey'],
  /** Reads the secrets of the function. */
  secrets: [],
  /** Calls the functions of vendors. */
  vendors: [],
} as const satisfies Readonly<Record<string, readonly Setting[]>>;

export type Service = keyof typeof SERVICES;
