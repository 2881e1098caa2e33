import { describe, expect, it } from 'vitest';
import { Page } from '#cli/command/page.ts';

/** What a page has written on a stream. */
function written(
  write: (page: Page) => void,
  terminal: { readonly columns?: number } = {},
): string {
  const out: string[] = [];

  write(
    new Page({
      write: (text: string) => out.push(text),
      ...terminal,
    } as unknown as NodeJS.WriteStream),
  );

  return out.join('');
}

describe('a page', () => {
  it('lets nothing act on the terminal, wherever it stands', () => {
    const hostile = 'a\u001b]0;x\u0007\rb\nc';

    const text = written((page) => {
      page.heading(hostile, hostile);
      page.line(hostile, { deep: 2 });
      page.row(hostile, hostile);
      page.table(['HEAD'], [[hostile, hostile]]);
    });

    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    // no line that somebody else has begun
    expect(text.split('\n').filter((line) => line.startsWith('c'))).toEqual([]);
  });

  it('keeps its columns apart, however long a label is', () => {
    const text = written((page) => {
      page.row('id', 'one two');
      page.row('changed-bank-account', 'one two');
    });
    expect(text).toBe('  id            one two\n  changed-bank-account\n                one two\n');
  });

  it('breaks sentences where the terminal ends, and tables nowhere', () => {
    const text = written(
      (page) => {
        page.line('word '.repeat(20).trim());
        page.table(['COMMAND'], [[`npx writ ${'x'.repeat(60)}`]]);
      },
      { columns: 50 },
    );

    expect(text.split('\n').map(({ length }) => length)).toEqual([49, 46, 6, 7, 69, 0]);
  });
});
