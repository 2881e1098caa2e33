import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { addressOf, DEFAULT_PORT, isLocal } from '../api/address.ts';
import { readAddress } from '../api/address-file.ts';
import { type Api, openApi, signIn } from '../api/api.ts';
import type { ClientOptions } from './options.ts';
import { rememberedPerson } from './session.ts';

/** Address of the platform that a command is for. @throws `platform.address` (refuse). */
export function addressFor({ api, data }: ClientOptions): URL {
  const named = api ?? (process.env.WRIT_API || undefined);
  if (named !== undefined) return addressOf(named);
  const kept = readAddress(data);
  // a folder may come from anywhere, so what it says leads nowhere but to this machine
  return kept !== undefined && URL.canParse(kept) && isLocal(new URL(kept))
    ? addressOf(kept)
    : addressOf(`http://127.0.0.1:${DEFAULT_PORT}`);
}

/**
 * The API, asked as whoever the options, the environment or the last sign-in name.
 *
 * @throws `session.missing`, `session.local-only`, `session.code-missing` (refuse), and what signing in throws.
 */
export async function connect(options: ClientOptions): Promise<Api> {
  const base = addressFor(options);
  const token = process.env.WRIT_TOKEN || undefined;
  if (options.as === undefined && token !== undefined) return openApi(base, token);
  const person = options.as ?? rememberedPerson(options.data);
  if (person === undefined) {
    const first = existsSync(options.data)
      ? ''
      : `there is no data folder ${options.data} here: start the platform with npm start, or name its folder with --data; `;
    throw new InvalidInputError(
      'session.missing',
      `${first}nobody has signed in: do it with "npx writ sign-in sample-approver", or put a token of your issuer into WRIT_TOKEN`,
      { folder: options.data },
    );
  }
  return openApi(base, await localToken(base, options.data, person));
}

/**
 * A token for a sample person, of the platform on this machine. The code that it takes is sent nowhere else.
 *
 * @throws `session.local-only`, `session.code-missing` (refuse), what the platform refuses, `platform.unreachable` (retry).
 */
export async function localToken(base: URL, folder: string, person: string): Promise<string> {
  if (!isLocal(base)) {
    throw new InvalidInputError(
      'session.local-only',
      `sample people are only on this machine; for ${base.origin} put a token of its issuer into WRIT_TOKEN`,
      {},
    );
  }
  return (await signIn(base, { person, code: codeOf(folder) })).token;
}

/** What proves that one can read the data folder. */
function codeOf(folder: string): string {
  try {
    return readFileSync(join(folder, 'sign-in.code'), 'utf8').trim();
  } catch (cause) {
    const { code = 'unknown error' } = cause as { code?: string };
    throw new InvalidInputError(
      'session.code-missing',
      `there is no sign-in code in ${folder} (${code}): start the platform with npm start, or name its data folder with --data`,
      { folder, code },
      { cause },
    );
  }
}
