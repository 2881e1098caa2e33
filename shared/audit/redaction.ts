import {
  type DataClass,
  type ErrorCode,
  isSealedClass,
  isWritError,
  type Json,
} from '#shared/kernel/index.ts';

/** Returns the placeholder for a value that a sink may not contain: the name of its class. */
export function redacted(dataClass: DataClass): string {
  return `[${dataClass}]`;
}

/**
 * Copies `values` for a sink that is not sealed. Replaces values of sealed classes and of
 * undeclared fields.
 */
export function redactFields(
  values: Readonly<Record<string, Json | undefined>>,
  classOf: (field: string) => DataClass | undefined,
): Record<string, Json> {
  const safe: Record<string, Json> = {};
  for (const [field, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const dataClass = classOf(field) ?? 'confidential';
    safe[field] = isSealedClass(dataClass) ? redacted(dataClass) : value;
  }

  return safe;
}

/** Description of an error that is safe to show, from any source. */
export interface SafeError {
  readonly code: string;
  readonly message: string;
}

/** Place in code on the stack of an error. */
export interface Frame {
  /** Path or URL, as it appears in the stack trace. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /^ {4}at (?:.*? \()?(.+\.m?[jt]s):(\d+):(\d+)\)?$/;
/** Maximum number of characters per line of a stack, and of lines. */
const [MAX_LINE_LENGTH, MAX_LINES] = [1_000, 50];
const FILE_NAME = /^[\w.-]+$/;

/**
 * Describes an error without trusting its text, which may repeat any value available to the code.
 * Errors of Writ keep their message. All other errors are described by their class and place in the
 * code.
 */
export function describeError(error: unknown, fallbackCode: ErrorCode): SafeError {
  return isWritError(error)
    ? { code: error.code, message: error.message }
    : { code: fallbackCode, message: describeForeignError(error) };
}

/**
 * Describes an error from untrusted code by its class and place in the code, as far as these are
 * well-formed.
 */
export function describeForeignError(error: unknown): string {
  try {
    return describeThrown(error);
  } catch {
    return 'something that cannot be looked at was thrown'; // getters of a malicious object
  }
}

function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) return `something that is no Error was thrown (${typeof error})`;

  const kind = /^[A-Z][A-Za-z]{0,40}$/.test(error.constructor.name)
    ? error.constructor.name
    : 'Error';
  const [first] = framesOf(error);
  const file = first?.file.split('/').at(-1) ?? '';

  return FILE_NAME.test(file)
    ? `${kind} was thrown at ${file}:${first?.line}`
    : `${kind} was thrown`;
}

/**
 * Returns the stack frames of an error, innermost first. Use them only for lookups, never for
 * display, because the code that threw the error may have forged them.
 */
export function framesOf(error: Error): Frame[] {
  // frames only: the first lines of a stack repeat the message
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  const lines = (at === -1 ? '' : stack.slice(at + error.message.length)).split('\n', MAX_LINES);

  return lines.flatMap((text) => {
    const [, file, line, column] = FRAME.exec(text.slice(0, MAX_LINE_LENGTH)) ?? [];
    return file === undefined ? [] : [{ file, line: Number(line), column: Number(column) }];
  });
}
