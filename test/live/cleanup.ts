import { awsErrorName } from '#shared/kernel/adapters/aws-client.ts';
import type { Timers } from '#shared/kernel/index.ts';
import type { Clients } from './clients.ts';
import { bucketsLeft } from './leftovers/buckets.ts';
import { policiesLeft, rolesLeft } from './leftovers/identities.ts';
import { keysLeft, secretsLeft } from './leftovers/keys.ts';
import { queuesLeft } from './leftovers/queues.ts';
import { tablesLeft } from './leftovers/tables.ts';
import { patiently } from './patience.ts';

/** Whose things are taken away: those of one run, or of every run there was. */
export type Whose = { readonly id: string } | 'every run';

/** Something a run made. */
export interface Leftover {
  /** Such as `table writ-live-…-state`. */
  readonly what: string;
  remove(): Promise<unknown>;
  /** What an operator types where `remove` fails. */
  readonly command: string;
}

/** What became of a cleaning up. */
export interface CleanedUp {
  readonly removed: readonly string[];
  /** What could not be removed or not even be looked for, why, and what to do by hand. */
  readonly left: readonly string[];
}

/** Roles before the policy that bounds them; the rest in any order. */
const KINDS = {
  tables: tablesLeft,
  queues: queuesLeft,
  secrets: secretsLeft,
  buckets: bucketsLeft,
  keys: keysLeft,
  roles: rolesLeft,
  policies: policiesLeft,
};

/**
 * A table that is still being made, and a policy whose role has just gone, cannot be removed at
 * once.
 */
const TRIES = 5;

/**
 * Takes away what a run made, or what all of them left: only what has both the name and the tag of
 * a run (a key, which has no name, the tag). Goes on after every failure.
 */
export async function removeAll(
  clients: Clients,
  whose: Whose,
  timers: Timers,
): Promise<CleanedUp> {
  const [removed, left]: [string[], string[]] = [[], []];
  for (const [kind, leftovers] of Object.entries(KINDS)) {
    try {
      for await (const { what, remove, command } of leftovers(clients, whose)) {
        try {
          await patiently(timers, remove, TRIES);
          removed.push(what);
        } catch (error) {
          left.push(`${what} (${awsErrorName(error)}): ${command}`);
        }
      }
    } catch (error) {
      left.push(
        `${kind} could not be listed (${awsErrorName(error)}): look for names that begin with "writ-live-"`,
      );
    }
  }

  return { removed, left };
}
