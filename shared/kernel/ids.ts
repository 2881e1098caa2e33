import { InvalidInputError } from './errors.ts';
import type { Random } from './random.ts';

/** Crockford's base 32 in lower case: without i, l, o, u, so that an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * Encodes bytes as base 32, most significant bit first, 8 characters per 5 bytes, without padding.
 */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let held = 0;

  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;

    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(held >>> bits) & 31];
    }

    held &= (1 << bits) - 1;
  }

  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31];
}

/**
 * Creates a random id: 128 bits, 26 characters. Reveals nothing about the named object, not even
 * its creation time.
 */
export function newId(random: Random): string {
  return base32(random.bytes(16));
}

/** Form of a name: a lower-case letter, then at most 31 letters, digits or hyphens. */
export const NAME = /^[a-z][a-z0-9-]{0,31}$/;

/**
 * Checks the name of an automation, step, gate, rule, vendor or workspace. Names are parts of
 * storage keys, which use `#` and `.` as separators, so a name may contain neither.
 *
 * @throws {@link InvalidInputError} `name.invalid`.
 */
export function assertName(what: string, name: string): void {
  if (NAME.test(name) && !(name in Object.prototype)) return;
  throw new InvalidInputError(
    'name.invalid',
    `${what} "${name.slice(0, 64)}" is not a name: a lower-case letter, then at most 31 letters, digits or hyphens`,
    { what },
    { help: 'Choose another name.' },
  );
}
