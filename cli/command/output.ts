import { styleText } from 'node:util';

/** Text output for people, with colours and a progress bar only on a terminal. */
export class Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #started = Date.now();
  #lastPercent = -1;
  #barShown = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  line(text = ''): void {
    this.#stream.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line();
    this.line(this.style('bold', text));
  }

  /** Writes a label and a value in aligned columns. */
  fact(label: string, value: string): void {
    this.line(`  ${label.padEnd(22)} ${value}`);
  }

  style(format: 'bold' | 'green' | 'red' | 'yellow' | 'dim', text: string): string {
    return this.isTerminal && process.env.NO_COLOR === undefined
      ? styleText(format, text, { validateStream: false })
      : text;
  }

  /** Reports progress: on a terminal as a bar, otherwise as a new line for each additional 10 %. */
  progress(what: string, done: number, total: number): void {
    const percent = total === 0 ? 100 : Math.floor((done * 100) / total);
    if (this.isTerminal) {
      const filled = Math.round(percent / 4);

      this.#stream.write(
        `\r  ${what} ${'█'.repeat(filled)}${'░'.repeat(25 - filled)} ${done}/${total}`,
      );
      this.#barShown = true;
      if (done >= total) this.endProgress();

      return;
    }

    const tenth = Math.floor(percent / 10) * 10;
    if (tenth <= this.#lastPercent) return;

    this.#lastPercent = tenth;
    this.line(`  ${what} ${done}/${total}`);
  }

  endProgress(): void {
    if (this.#barShown) this.#stream.write('\n');
    this.#barShown = false;
    this.#lastPercent = -1;
  }

  /** Returns the seconds since this output was created, with one decimal. */
  seconds(): string {
    return ((Date.now() - this.#started) / 1_000).toFixed(1);
  }
}
