/** Position of the first JSON syntax error. Contains no part of the text. */
export interface JsonErrorPosition {
  /** Line, from 1. */
  readonly line: number;
  /** Column, from 1, in UTF-16 code units, as editors count. */
  readonly column: number;
  /** Description of the error. */
  readonly what: string;
}

/** Maximum nesting depth that is followed. */
const MAX_DEPTH = 1_000;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const LITERALS = ['true', 'false', 'null'] as const;

/**
 * Finds the first JSON syntax error (RFC 8259) in a text that `JSON.parse` refused. The JavaScript
 * engine's own error does not always give the position, and repeats the text.
 *
 * @returns undefined for valid JSON.
 */
export function findJsonError(text: string): JsonErrorPosition | undefined {
  const reader = new Reader(text);
  try {
    reader.value(0);
    reader.end();
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxFault) return { ...positionOf(text, error.at), what: error.what };
    throw error;
  }
}

class SyntaxFault extends Error {
  readonly at: number;
  readonly what: string;
  constructor(at: number, what: string) {
    super(what);
    this.at = at;
    this.what = what;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    if (depth > MAX_DEPTH)
      throw new SyntaxFault(
        this.#at,
        `more than ${MAX_DEPTH} levels: what is wrong is here or later`,
      );

    this.#space();

    const first = this.#text[this.#at];
    if (first === '{') this.#list('}', () => this.#member(depth));
    else if (first === '[') this.#list(']', () => this.value(depth + 1));
    else if (first === '"') this.#string();
    else if (!this.#literal()) this.#number();
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#expected('the end of the text');
  }

  #literal(): boolean {
    const literal = LITERALS.find((name) => this.#text.startsWith(name, this.#at)) ?? '';
    this.#at += literal.length;
    return literal !== '';
  }

  #number(): void {
    if (!this.#match(NUMBER)) throw this.#expected('a value');
    if ('0123456789.eE+-'.includes(this.#text[this.#at] ?? ' '))
      throw new SyntaxFault(this.#at, 'a number that is not written as JSON has them');
  }

  #list(close: string, item: () => void): void {
    this.#at++;
    this.#space();

    if (this.#take(close)) return;

    do {
      item();
      this.#space();
      if (this.#take(close)) return;
    } while (this.#take(','));

    throw this.#expected(`"," or "${close}"`);
  }

  #member(depth: number): void {
    this.#space();
    if (this.#text[this.#at] !== '"') throw this.#expected('a name in double quotes');
    this.#string();
    this.#space();
    if (!this.#take(':')) throw this.#expected('":"');
    this.value(depth + 1);
  }

  #string(): void {
    this.#at++;

    // a loop: a regular expression that repeats a choice overflows the stack on megabytes of text
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) throw this.#expected('a closing quote');
      if (character < ' ')
        throw new SyntaxFault(this.#at, 'a control character that is not escaped');
      if (character === '\\') {
        if (!this.#match(ESCAPE))
          throw new SyntaxFault(this.#at, 'an escape that JSON does not have');
        continue;
      }

      this.#at++;

      if (character === '"') return;
    }
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (' \t\n\r'.includes(this.#text[this.#at] ?? '.')) this.#at++;
  }

  #expected(what: string): SyntaxFault {
    const isEnd = this.#at === this.#text.length;
    return new SyntaxFault(
      this.#at,
      isEnd ? `the text ends where ${what} is expected` : `${what} is expected`,
    );
  }
}

/** Counts lines as editors do: a line ends at a line feed, a carriage return, or both. */
function positionOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const lines = text.slice(0, at).split(/\r\n|\n|\r/);
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}
