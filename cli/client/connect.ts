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
 * Returns the platform's address from the options, the environment or the data folder. There is no
 * default address, because any program could listen on the default port and receive a token.
 *
 * @throws `platform.address` (refuse), `platform.unreachable` (retry): no address is given and no
 *   running platform uses the data folder.
 */
export function addressFor({ api, data }: ClientOptions): URL {
  const named = api ?? (process.env.WRIT_API || undefined);
  if (named !== undefined) return addressOf(named);
  const stored = readAddress(data);
  // the folder may come from another person, so a stored address is used only if it is on this
  // machine
  if (stored !== undefined && URL.canParse(stored) && isLocal(new URL(stored)))
    return addressOf(stored);

  throw new PlatformUnreachableError(
    `no platform runs on the data folder ${data}`,
    { folder: data },
    {
      help: 'start one with "npm start", or name its folder with --data or its address with --api',
    },
  );
}

/**
 * Returns the caller's identity: a sample person, or the token in `WRIT_TOKEN`.
 *
 * @throws `session.missing` (refuse): there is no session.
 */
export function identityFor(
  options: ClientOptions,
): { readonly person: string } | { readonly token: string } {
  const token = process.env.WRIT_TOKEN || undefined;
  if (options.as === undefined && token !== undefined) return { token };
  const person = options.as ?? rememberedPerson(options.data);
  if (person !== undefined) return { person };

  const hasFolder = existsSync(options.data);

  throw new InvalidInputError(
    'session.missing',
    hasFolder
      ? `you are not signed in on the data folder ${options.data}`
      : `you are not signed in, and there is no data folder ${options.data}`,
    { folder: options.data },
    {
      help: hasFolder
        ? 'run "npx writ sign-in sample-approver", or set WRIT_TOKEN to a token of your issuer'
        : 'start the platform with "npm start", or name its folder with --data; then run "npx writ sign-in sample-approver"',
    },
  );
}

/**
 * Connects to the API as the person named by the options, the environment or the last sign-in.
 *
 * @throws errors of {@link addressFor}, {@link identityFor} and {@link localToken}.
 */
export async function connect(options: ClientOptions): Promise<Api> {
  const identity = identityFor(options);
  const base = addressFor(options);
  const token =
    'token' in identity ? identity.token : await localToken(base, options.data, identity.person);
  const { openApi } = await import('../api/api.ts');
  return openApi(base, token);
}

/**
 * Obtains a token for a sample person from the platform on this machine that uses the data folder.
 *
 * @throws `session.local-only`, `session.code-missing`, `platform.unproven` (refuse), problems
 *   returned by the platform, `platform.unreachable` (retry).
 */
export async function localToken(base: URL, folder: string, person: string): Promise<string> {
  if (!isLocal(base)) {
    throw new InvalidInputError(
      'session.local-only',
      `sample people exist only on this machine, not at ${base.origin}`,
      {},
      { help: 'set WRIT_TOKEN to a token of the issuer that the platform trusts' },
    );
  }

  const { signIn } = await import('../api/sign-in.ts');

  return signIn(base, { person, code: readSignInCode(folder) });
}

/** Reads the secret that proves access to the data folder. */
function readSignInCode(folder: string): string {
  try {
    return readFileSync(signInCodePath(folder), 'utf8').trim();
  } catch (cause) {
    const { code = 'unknown error' } = cause as { code?: string };

    throw new InvalidInputError(
      'session.code-missing',
      `there is no sign-in code in the data folder ${folder} (${code})`,
      { folder, code },
      {
        cause,
        help: 'start the platform with "npm start", or name its data folder with --data',
      },
    );
  }
}
