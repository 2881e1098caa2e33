import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTIONS } from '#shared/audit/index.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const found = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, part = '']) => part);

describe.each(PAGES)('%s', (page) => {
  const text = read(page);

  it('links to pages that are there', () => {
    const links = found(text, /\]\(([^)#\s]+)[^)]*\)/g).filter((link) => !link.includes('://'));
    expect(links.filter((link) => !existsSync(join(ROOT, dirname(page), link)))).toEqual([]);
  });

  it('names files of the sources that are there', () => {
    const paths = found(text, /`((?:shared|functions|infra|cli|test|docs)\/[\w./-]+\.\w+)`/g);

    const made = [
      'functions/automations/refund/automation.ts',
      'functions/automations/refund/intake.ts',
      'functions/vendors/payouts/vendor.ts',
      'test/functions/automations/refund/refund.test.ts',
    ]; // by the reader of the tutorial

    expect(paths.filter((path) => !made.includes(path) && !existsSync(join(ROOT, path)))).toEqual(
      [],
    );
  });

  it('names commands that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(found(text, /npm run (?:-s )?([a-z]+)/g).filter((name) => !(name in scripts))).toEqual(
      [],
    );
  });

  it('names no place of one machine', () => {
    expect(text).not.toMatch(/(?<![\w.:/-])\/(?:home|work|tmp|root|Users)\//);
  });
});

describe('the architecture', () => {
  const text = read('docs/architecture.md');

  it('names every rule that holds an arrow, and no other', () => {
    const rules = found(read('.dependency-cruiser.mjs'), /name: ['`]([\w${}-]+)['`]/g).map((name) =>
      name.replace(/\$\{\w+\}/, '<folder>'),
    );
    const unsaid = ['nothing-unresolved']; // no arrow: an import that leads nowhere
    const named = found(text, /^\|.*\| `([a-z<>-]+)` \|$/gm);
    expect(named.sort()).toEqual(rules.filter((rule) => !unsaid.includes(rule)).sort());
  });

  it('names every action an entry can tell of', () => {
    expect(Object.keys(ACTIONS).filter((action) => !text.includes(`\`${action}\``))).toEqual([]);
  });

  it('numbers its sections from 1 without a gap', () => {
    expect(found(text, /^## (\d+)\. /gm)).toEqual(
      Array.from({ length: 13 }, (_, i) => String(i + 1)),
    );
  });
});

describe('the table of contents', () => {
  const listed = found(read('docs/README.md'), /\]\(([^)#\s]+)\)/g);

  it('lists every page of docs', () => {
    const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(pages.filter((page) => !listed.includes(page.slice('docs/'.length)))).toEqual([]);
  });

  it('lists each decision under its number and title', () => {
    const contents = read('docs/README.md').replace(/\s+/g, ' ');
    for (const page of PAGES.filter((name) => name.startsWith('docs/decisions/'))) {
      const [, number = '', title = ''] = /^# (\d+)\. (.+)$/m.exec(read(page)) ?? [];
      expect(contents).toContain(`${number}. [${title}](${page.slice('docs/'.length)})`);
    }
  });
});

describe('decisions', () => {
  it('are numbered in a row, the same in name and title', () => {
    const pages = PAGES.filter((page) => page.startsWith('docs/decisions/'));
    for (const [i, page] of pages.entries()) {
      expect(page).toContain(`/${String(i + 1).padStart(4, '0')}-`);
      expect(read(page)).toMatch(
        new RegExp(
          `^# ${i + 1}\\. .+\n\n\\*\\*Context\\.\\*\\* [\\s\\S]+\\*\\*Decision\\.\\*\\* [\\s\\S]+\\*\\*Consequences\\.\\*\\* `,
        ),
      );
    }
  });
});
