import { Output } from './output.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';

/** Longest line, in columns, on terminals of any width. */
const WIDEST = 120;
const NARROWEST = 40;
/** Width of the label column, with its indentation. */
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

  /** Writes text unchanged: neither wrapped nor escaped. */
  raw(text: string): void {
    this.#write(text);
  }

  /** Starts a section: a blank line and a title in bold. */
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
   * Writes a label and its text in two columns. A label that is too long for its column gets a line
   * of its own.
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

  /** Writes a table. Long rows are not wrapped, so that copied commands stay whole. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const [first = '', ...lines] = table([head, ...rows.map((row) => row.map(visible))]);
    this.#write(this.#output.style('dim', first));
    for (const line of lines) this.#write(line);
  }

  /** Reports progress: a bar on a terminal, a line for every tenth elsewhere. */
  progress(what: string, done: number, total: number): void {
    this.#output.progress(what, done, total);
  }
}

/** Wraps text at spaces. A word that is longer than `width` gets a line of its own. */
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
