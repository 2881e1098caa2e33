import { Output } from './output.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';

/** Maximum line length in columns, even on wider terminals. */
const WIDEST = 120;
const NARROWEST = 40;
/** Width of the label column, including its indentation. */
const COLUMN = 16;

/**
 * Output of a command: raw text for programs, and wrapped, coloured lines for people. Text for
 * people may come from untrusted sources, so control characters in it are escaped.
 */
export class Page {
  readonly #output: Output;
  readonly #width: number;
  #empty = true;

  constructor(stream: NodeJS.WriteStream) {
    this.#output = new Output(stream);
    this.#width = Math.max(NARROWEST, Math.min(stream.columns || WIDEST, WIDEST));
  }

  #write(text: string): void {
    this.#output.line(text);
    this.#empty = false;
  }

  /** Writes text without wrapping or escaping it. */
  raw(text: string): void {
    this.#write(text);
  }

  /** Starts a section with a blank line and a bold title. */
  heading(text: string, note = ''): void {
    const [title, rest] = [visible(text), visible(note)];

    const [first = '', ...more] = wrapped(
      rest === '' ? title : `${title}  ${rest}`,
      this.#width,
      '',
      '  ',
    );

    if (!this.#empty) this.#write('');

    this.#write(
      this.#output.style('bold', first.slice(0, title.length)) + first.slice(title.length),
    );
    for (const line of more) this.#write(line);
  }

  /** Writes a sentence, wrapped with a hanging indent. */
  line(
    text: string,
    {
      deep = 0,
      style,
    }: { readonly deep?: number; readonly style?: Parameters<Output['style']>[0] } = {},
  ): void {
    for (const line of wrapped(visible(text), this.#width, ' '.repeat(deep), ' '.repeat(deep + 2)))
      this.#write(style === undefined ? line : this.#output.style(style, line));
  }

  /**
   * Writes a label and its text in two columns. If the label is too long for its column, the text
   * starts on the next line.
   */
  row(label: string, text: string): void {
    const head = `  ${visible(label)}`;

    const [first = '', ...rest] = wrapped(
      visible(text),
      this.#width,
      ' '.repeat(COLUMN),
      ' '.repeat(COLUMN + 2),
    );

    const [start, end] =
      head.length < COLUMN ? [head.padEnd(COLUMN), first.slice(COLUMN)] : [head, `\n${first}`];

    this.#write(this.#output.style('dim', start) + end);
    for (const line of rest) this.#write(line);
  }

  /** Writes a table. Long rows are not wrapped, so that commands can be copied from them. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const [first = '', ...lines] = table([head, ...rows.map((row) => row.map(visible))]);
    this.#write(this.#output.style('dim', first));
    for (const line of lines) this.#write(line);
  }

  /** Reports progress: on a terminal as a bar, otherwise as a new line for each additional 10 %. */
  progress(what: string, done: number, total: number): void {
    this.#output.progress(what, done, total);
  }
}

/** Wraps text at spaces. A word longer than `width` is not broken. */
function wrapped(text: string, width: number, indent: string, hanging: string): string[] {
  const lines: string[] = [];
  let [line, empty] = [indent, true];

  for (const word of text.split(' ')) {
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      [line, empty] = [hanging, true];
    }

    line += empty ? word : ` ${word}`;
    empty = false;
  }

  return [...lines, line];
}
