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
import { keepDefinitions } from './definitions.ts';
import { INVOICES, seedDemo } from './seed-demo.ts';
import { seedPeople } from './seed-people.ts';
import { type RolloutSetting, seedRollouts } from './seed-rollouts.ts';
import { signInFunction } from './sign-in-function.ts';
import { type StandIn, seedSecrets, urlsOf } from './stand-ins.ts';

export interface StartOptions {
  /** Of the data; made when it is not there. */
  readonly folder: string;
  /** 0: one that is free. */
  readonly port: number;
  /** With the sample bank, records and invoices. A folder that once had them keeps them. */
  readonly demo: boolean;
  readonly rollouts: readonly RolloutSetting[];
  readonly standIns: readonly StandIn[];
  readonly bundles: string;
  readonly log: Log;
  /** Called with a sentence for whoever starts it, when something needs their attention. */
  readonly warn?: (sentence: string) => void;
  /** Folder of the checkout, which has the recorded versions. */
  readonly root: string;
}

/** The platform with its API, until it is stopped. */
export interface Started {
  readonly url: string;
  /** Where sample invoices are, to try; undefined without the demo. */
  readonly invoices?: string;
  /** Rejects when the platform had to stop by itself. */
  readonly failure: Promise<never>;
  /** Takes nothing more, lets what is under way end, closes. */
  stop(): Promise<void>;
}

/**
 * Starts everything on this machine: bundles, platform, sample people, API.
 *
 * @throws `automation.changed`, `http.port-taken`, `rollout.automation`, `gate.undecidable`,
 *   `vendor.stand-in`, `sign-in.file` (refuse), and what `startPlatform` throws. Nothing is left
 *   open then.
 */
export async function start({ folder, port, log, ...options }: StartOptions): Promise<Started> {
  const bundles = await buildIfStale(options.bundles);

  SqliteStore.makeFolder(folder);

  const demo = options.demo || existsSync(join(folder, INVOICES));
  const opened: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const close of opened.reverse()) await close();
  };

  try {
    const random = systemRandom();
    let entries: Ledger | undefined; // nobody can sign in before it is there: the server opens last

    const issuer = await localIssuer({
      code: signInCode(folder, random),
      people: SAMPLE_PEOPLE.map(({ id }) => id),
      clock,
      random,
      record: async (told) => entries && recordSignIn(entries, told),
    });

    const bank = demo ? new Bank(BANK_TOKEN, {}, join(folder, 'bank-payments')) : undefined;
    const vendors = {
      ...(bank && { bank: await bank.open() }),
      ...urlsOf(options.standIns),
    };

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
        for (const sentence of keepDefinitions(folder, [...flows.values()]))
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
    }).catch(nameThePort);

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

/** The server knows no options; whoever reads this does. */
function nameThePort(error: unknown): never {
  if (!isWritError(error, 'http.port-taken')) throw error;
  throw new InvalidInputError(
    'http.port-taken',
    `port ${error.facts.port} of this machine is in use; choose another one with --port`,
    error.facts,
  );
}
