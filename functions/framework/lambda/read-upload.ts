import { serialize } from 'node:v8';
import { InvalidInputError } from '#shared/kernel/index.ts';

/** Values of the automation's input fields. */
export type Input = Readonly<Record<string, unknown>>;

/** An automation's `intake.ts`: from the uploaded bytes to input fields, or a refusal. */
export type ReadUpload = (bytes: Uint8Array) => Input | Promise<Input>;

/** The most that an input may be, in bytes as V8 writes it: several times what a run can hold. */
const INPUT_MAX_BYTES = 1_024 * 1_024;

/**
 * Reads an upload, and refuses an input that no run could hold before it is checked.
 *
 * @returns the input, and the same as V8 writes it, to be handed to another thread.
 * @throws {@link InvalidInputError} `run.input-invalid`, and what the reader throws.
 */
export async function readUpload(
  read: ReadUpload,
  bytes: Uint8Array,
): Promise<{ readonly input: Input; readonly written: Uint8Array }> {
  try {
    const input = await read(bytes);
    const written = serialize(input);
    if (written.length <= INPUT_MAX_BYTES) return { input, written };

    throw refused(
      `larger than a run can hold: ${written.length} bytes; allowed are ${INPUT_MAX_BYTES}`,
    );
  } catch (error) {
    // what a parser or a schema goes down into, level by level, can be as deep as its sender likes
    if (error instanceof RangeError && error.message === 'Maximum call stack size exceeded')
      throw refused('nested too deeply to be read');
    throw error;
  }
}

const refused = (what: string) =>
  new InvalidInputError('run.input-invalid', `the input is ${what}`);
