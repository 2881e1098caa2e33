import { describe, expect, it } from 'vitest';
import { Page } from '#cli/command/page.ts';
import { SAMPLE_PEOPLE } from '#cli/demo/people.ts';
import { greet } from '#cli/start/greeting.ts';

/** What a terminal of 80 columns shows. */
function greeting(more: { readonly invoices?: string } = {}): string {
  const out: string[] = [];
  const stream = {
    columns: 80,
    write: (text: string) => out.push(text),
  } as unknown as NodeJS.WriteStream;
  greet(new Page(stream), { url: 'http://127.0.0.1:8420', folder: '.writ', ...more });
  return out.join('');
}

describe('the greeting', () => {
  it.each([[{}], [{ invoices: '.writ/invoices' }]])(
    'fits a terminal of 80 columns, with %o',
    (more) => {
      expect(
        greeting(more)
          .split('\n')
          .filter(({ length }) => length > 80),
      ).toEqual([]);
    },
  );

  it.each([[{}], [{ invoices: '.writ/invoices' }]])('is at most 24 lines long, with %o', (more) => {
    expect(greeting(more).trimEnd().split('\n').length).toBeLessThanOrEqual(24);
  });

  it('names every sample person, and how to be one', () => {
    for (const { id } of SAMPLE_PEOPLE) expect(greeting()).toContain(`\n${id} `);
    expect(greeting()).toContain('npx writ sign-in sample-approver');
  });

  it('says how gates come to wait, where nothing has made them', () => {
    expect(greeting()).toContain('--rollout NAME=exceptions');
    expect(greeting({ invoices: '.writ/invoices' })).not.toContain('--rollout');
  });
});
