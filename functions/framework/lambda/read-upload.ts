import { serialize } from 'node:v8';
import { InvalidInputError } from '#shared/kernel/index.ts';

/** Values of the automation's input fields. */
export type Input = Readonly<Record<string, unknown>>;

/**
 * Default export of an automation's `intake.ts`: converts uploaded bytes to input fields, or
 * refuses them.
 */
export type ReadUpload = (bytes: Uint8Array) => Input | Promise<Input>;

/**
 * Maximum size of an input in bytes, as serialized by V8. It is several times the size that a run
 * can hold.
 */
const INPUT_MAX_BYTES = 1_024 * 1_024;

/**
 * Reads an upload. Before validation, refuses an input that is too large for any run.
 *
 * @returns the input, and its V8 serialization for another thread.
 * @throws {@link InvalidInputError} `run.input-invalid`, and errors of the reader.
 */
export async function readUpload(
  read: ReadUpload,
  bytes: Uint8Array,
): Promise<{ readonly input: Input; readonly written: Uint8Array }> {
  try {
    const input = await read(bytes);
    const written = serialize(input);
    if (written.length <= INPUT_MAX_BYTES) return { input, written };

    throw refused(`larger than a run can hold: ${written.length} bytes, limit ${INPUT_MAX_BYTES}`);
  } catch (error) {
    // The recursion of a parser or schema is as deep as the sender's nesting of the input.
    if (error instanceof RangeError && error.message === 'Maximum call stack size exceeded')
      throw refused('nested too deeply');
    throw error;
  }
}

const refused = (fault: string) =>
  new InvalidInputError('run.input-invalid', `the input is ${fault}`);
