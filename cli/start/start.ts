import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openHttpServer } from '#functions/embedded/http-server.ts';
import { LOCAL_AUDIENCE, LOCAL_ISSUER, localIssuer } from '#functions/embedded/local-issuer.ts';
import { startPlatform } from '#functions/embedded/platform.ts';
import { signInCode } from '#functions/embedded/sign-in-code.ts';
import { recordSignIn, SIGN_IN } from '#functions/embedded/sign-in-entries.ts';
import { buildIfStale } from '#infra/build/build-functions.ts';
import { assertUnchanged } from '#infra/versions.ts';
import { tokenVerifier } from '#shared/identity/index.ts';
import {
  systemClock as clock,
  InvalidInputError,
  isWritError,
  type Log,
  systemRandom,
} from '#shared/kernel/index.ts';
import { SqliteStore } from '#shared/ledger/adapters/sqlite/store.ts';
import type { Ledger } from '#shared/ledger/index.ts';
import { removeAddress, writeAddress } from '../api/address-file.ts';
import { Bank } from '../demo/bank.ts';
import { SAMPLE_PEOPLE } from '../demo/people.ts';
import { BANK_TOKEN } from '../demo/setup.ts';
import { checkDeciders } from './check-deciders.ts';
import { recordDefinitions } from './definitions.ts';
import { INVOICES, seedDemo } from './seed-demo.ts';
import { seedPeople } from './seed-people.ts';
import { type RolloutSetting, seedRollouts } from './seed-rollouts.ts';
import { signInFunction } from './sign-in-function.ts';
import { type StandIn, seedSecrets, urlsOf } from './stand-ins.ts';

export interface StartOptions {
  /** Data folder; created if it does not exist. */
  readonly folder: string;
  /** Port of the API; 0 selects a free port. */
  readonly port: number;
  /**
   * Adds the sample bank, records and invoices. Data that an earlier start added is never removed.
   */
  readonly demo: boolean;
  readonly rollouts: readonly RolloutSetting[];
  readonly standIns: readonly StandIn[];
  readonly bundles: string;
  readonly log: Log;
  /** Called with a sentence for the person who starts the platform. */
  readonly warn?: (sentence: string) => void;
  /** Folder of the checkout, which has the recorded versions. */
  readonly root: string;
}

/** A running platform with its API. */
export interface StartedPlatform {
  readonly url: string;
  /** Folder of sample invoices; undefined without the demo. */
  readonly invoices?: string;
  /** Rejects when the platform stops because of an error. */
  readonly failure: Promise<never>;
  /** Stops accepting work, finishes the work in progress and closes. */
  stop(): Promise<void>;
}

/**
 * Builds the bundles, and starts the platform with its API and sample people on this machine.
 *
 * @throws `automation.changed`, `http.port-taken`, `rollout.automation`, `gate.undecidable`,
 *   `vendor.stand-in`, `sign-in.file` (refuse), and errors of `startPlatform`. Before it throws, it
 *   closes everything that it opened.
 */
export async function start({
  folder,
  port,
  log,
  ...options
}: StartOptions): Promise<StartedPlatform> {
  const bundles = await buildIfStale(options.bundles);

  SqliteStore.makeFolder(folder);

  const demo = options.demo || existsSync(join(folder, INVOICES));
  const opened: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.reverse()) await close();
  };

  try {
    const random = systemRandom();
    let entries: Ledger | undefined; // set before the server opens, and thus before any sign-in

    const issuer = await localIssuer({
      code: signInCode(folder, random),
      people: SAMPLE_PEOPLE.map(({ id }) => id),
      clock,
      random,
      record: async (attempt) => entries && recordSignIn(entries, attempt),
    });

    const bank = demo ? new Bank(BANK_TOKEN, {}, join(folder, 'bank-payments')) : undefined;
    const standIns = urlsOf(options.standIns);
    const vendors = bank === undefined ? standIns : { bank: await bank.open(), ...standIns };

    opened.push(async () => bank?.close());

    const tokens = tokenVerifier({
      issuer: LOCAL_ISSUER,
      audience: [LOCAL_AUDIENCE],
      keys: issuer,
      clock,
    });

    const platform = await startPlatform(
      { folder, bundles, vendors, log, identity: { tokens, auth: 'embedded' } },
      ({ flows }) => {
        assertUnchanged(flows.values(), options.root);
        for (const sentence of recordDefinitions(folder, [...flows.values()]))
          options.warn?.(sentence);
      },
    );

    opened.push(platform.stop);
    entries = platform.store.ledger(SIGN_IN);
    await seedSecrets(platform.vault, options.standIns);
    await seedPeople(platform);
    await checkDeciders(platform);
    await seedRollouts(platform, options.rollouts);
    if (demo) await seedDemo(platform, folder);

    let address = '';
    const { url, close } = await openHttpServer({
      functions: [...platform.http, signInFunction({ issuer, address: () => address, log })],
      ...{ port, log, clock, random },
    }).catch(addPortHelp);

    address = new URL(url).host;
    opened.push(close);
    writeAddress(folder, url);
    opened.push(async () => removeAddress(folder));

    return {
      url,
      failure: platform.failure,
      stop,
      invoices: demo ? join(folder, INVOICES) : undefined,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Adds help about the option of the command, which the server does not know. */
function addPortHelp(error: unknown): never {
  if (!isWritError(error, 'http.port-taken')) throw error;
  throw new InvalidInputError('http.port-taken', error.message, error.facts, {
    help: 'choose another one with --port',
  });
}
