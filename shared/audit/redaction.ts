import {
  type DataClass,
  type ErrorCode,
  isSealedClass,
  isWritError,
  type Json,
} from '#shared/kernel/index.ts';

/** What stands in the place of a value that a sink may not hold: the name of its class. */
export function redacted(dataClass: DataClass): string {
  return `[${dataClass}]`;
}

/**
 * A copy of `values` for a sink that is not sealed: values of sealed classes, and of fields nobody
 * declared, are replaced.
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

/** What may be told of an error that an author's code, a library or a vendor threw. */
export interface SafeError {
  readonly code: string;
  readonly message: string;
}

/** A place in code that an error passed on its way. */
export interface Frame {
  /** As the stack has it: a path or a URL. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const FRAME = /^ {4}at (?:.*? \()?(.+\.m?[jt]s):(\d+):(\d+)\)?$/;
/** Characters of a line of a stack, and lines, that are looked at. */
const [LINE_MAX, LINES_MAX] = [1_000, 50];
const FILE_NAME = /^[\w.-]+$/;

/**
 * Describes an error without trusting its text, which may repeat anything the code had in hand. Our
 * own errors speak for themselves; of any other only the class and the place in the code are told.
 */
export function describeError(error: unknown, fallbackCode: ErrorCode): SafeError {
  return isWritError(error)
    ? { code: error.code, message: error.message }
    : { code: fallbackCode, message: describeForeignError(error) };
}

/**
 * Of an error that anybody may have thrown: its class and its place in the code, as far as they
 * look like one.
 */
export function describeForeignError(error: unknown): string {
  try {
    return describeThrown(error);
  } catch {
    return 'something that cannot be looked at was thrown'; // getters of a hostile object
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
 * The places that an error passed, innermost first, without those inside of the engine. For looking
 * them up: whoever threw it may have made them up, so none of it is to be told as it is.
 */
export function framesOf(error: Error): Frame[] {
  // only frames count: the first lines of a stack repeat the message
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  const lines = (at === -1 ? '' : stack.slice(at + error.message.length)).split('\n', LINES_MAX);

  return lines.flatMap((text) => {
    const [, file, line, column] = FRAME.exec(text.slice(0, LINE_MAX)) ?? [];
    return file === undefined ? [] : [{ file, line: Number(line), column: Number(column) }];
  });
}
