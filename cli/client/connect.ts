import { existsSync, readFileSync } from 'node:fs';
import { signInCodePath } from '#functions/embedded/sign-in-code.ts';
import { InvalidInputError } from '#shared/kernel/index.ts';
import { addressOf, isLocal } from '../api/address.ts';
import { readAddress } from '../api/address-file.ts';
import type { Api } from '../api/api.ts';
import { PlatformUnreachableError } from '../api/errors.ts';
import type { ClientOptions } from './options.ts';
import { rememberedPerson } from './session.ts';

/**
 * Address of the platform that a command is for. Without one in the options, the environment or the
 * data folder there is nobody to trust: whoever listens where a platform usually does may be
 * anybody.
 *
 * @throws `platform.address` (refuse), `platform.unreachable` (retry): none was named, and none
 *   runs on the data folder.
 */
export function addressFor({ api, data }: ClientOptions): URL {
  const named = api ?? (process.env.WRIT_API || undefined);
  if (named !== undefined) return addressOf(named);
  const kept = readAddress(data);
  // a folder may come from anywhere, so what it says leads nowhere but to this machine
  if (kept !== undefined && URL.canParse(kept) && isLocal(new URL(kept))) return addressOf(kept);

  throw new PlatformUnreachableError(
    `no platform runs on the data folder ${data}: start it with npm start, name its folder with --data, or its address with --api`,
    { folder: data },
  );
}

/**
 * Whom a command asks as: a sample person, or whose token is in `WRIT_TOKEN`. @throws
 * `session.missing` (refuse).
 */
export function whoFor(
  options: ClientOptions,
): { readonly person: string } | { readonly token: string } {
  const token = process.env.WRIT_TOKEN || undefined;
  if (options.as === undefined && token !== undefined) return { token };
  const person = options.as ?? rememberedPerson(options.data);
  if (person !== undefined) return { person };

  const first = existsSync(options.data)
    ? ''
    : `there is no data folder ${options.data} here: start the platform with npm start, or name its folder with --data; `;

  throw new InvalidInputError(
    'session.missing',
    `${first}nobody has signed in: do it with "npx writ sign-in sample-approver", or put a token of your issuer into WRIT_TOKEN`,
    { folder: options.data },
  );
}

/**
 * The API, asked as whoever the options, the environment or the last sign-in name.
 *
 * @throws what {@link addressFor}, {@link whoFor} and {@link localToken} throw.
 */
export async function connect(options: ClientOptions): Promise<Api> {
  const who = whoFor(options);
  const base = addressFor(options);
  const token = 'token' in who ? who.token : await localToken(base, options.data, who.person);
  const { openApi } = await import('../api/api.ts');
  return openApi(base, token);
}

/**
 * A token for a sample person, of the platform on this machine that has this data folder.
 *
 * @throws `session.local-only`, `session.code-missing`, `platform.unproven` (refuse), what the
 *   platform refuses, `platform.unreachable` (retry).
 */
export async function localToken(base: URL, folder: string, person: string): Promise<string> {
  if (!isLocal(base)) {
    throw new InvalidInputError(
      'session.local-only',
      `sample people are only on this machine; for ${base.origin} put a token of its issuer into WRIT_TOKEN`,
      {},
    );
  }

  const { signIn } = await import('../api/sign-in.ts');

  return signIn(base, { person, code: codeOf(folder) });
}

/** What proves that one can read the data folder. */
function codeOf(folder: string): string {
  try {
    return readFileSync(signInCodePath(folder), 'utf8').trim();
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
