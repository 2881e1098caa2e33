import { Output } from './output.ts';
import { table } from './table.ts';
import { visible } from './visible.ts';

/** However wide a terminal is, no line is longer: it would be hard to read. */
const WIDEST = 120;
const NARROWEST = 40;
const COLUMN = 14;

/**
 * Where a command writes: for programs as it is, for people in lines that fit, in colours on a
 * terminal. What people are shown may come from anywhere, so nothing in it acts on the terminal.
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

  /** Text as it is, whatever its length. */
  raw(text: string): void {
    this.#write(text);
  }

  /** What follows is about something else. */
  heading(text: string, about = ''): void {
    const [title, rest] = [visible(text), visible(about)];

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

  /** A sentence, further lines of it deeper than its first. */
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
   * A label and what is said under it, in a column of its own; below a label that is longer than
   * its column.
   */
  row(label: string, text: string): void {
    const head = `  ${visible(label)}`;

    const [first = '', ...rest] = wrapped(
      visible(text),
      this.#width,
      ' '.repeat(COLUMN),
      ' '.repeat(COLUMN + 2),
    );

    const [shown, said] =
      head.length < COLUMN ? [head.padEnd(COLUMN), first.slice(COLUMN)] : [head, `\n${first}`];

    this.#write(this.#output.style('dim', shown) + said);
    for (const line of rest) this.#write(line);
  }

  /**
   * Rows under a head, a line each: one that is too long for the terminal is not broken, so that
   * what is copied from it is whole.
   */
  table(head: readonly string[], rows: readonly (readonly string[])[]): void {
    const [first = '', ...lines] = table([head, ...rows.map((row) => row.map(visible))]);
    this.#write(this.#output.style('dim', first));
    for (const line of lines) this.#write(line);
  }

  /** How far a long piece of work is: a bar on a terminal, a line every tenth elsewhere. */
  progress(what: string, done: number, total: number): void {
    this.#output.progress(what, done, total);
  }
}

/**
 * Text in lines of at most `width`, broken at spaces. A word that is longer than that stands alone.
 */
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
