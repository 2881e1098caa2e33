import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** The list of STYLE.md: words in backticks, in its last section, between middle dots. */
const WORDS = [
  ...(read('STYLE.md').split(/^## Words this/m)[1] ?? '').matchAll(/`([a-z ]+)`/g),
].map(([, word = '']) => word);
const HOUSE_WORD = new RegExp(`\\b(?:${WORDS.join('|')})\\b`, 'gi');

/**
 * Whether a text is part of an automation's recorded definition: a changed sentence would be a new
 * version of it.
 */
function isRecorded(path: string, { parent }: ts.Node): boolean {
  if (path === 'infra/build/notices.ts') return true; // licences, quoted verbatim
  if (path === 'infra/lock/resource-policies.ts') return true; // names that the lock stores

  return (
    path.startsWith('functions/automations/') &&
    ts.isPropertyAssignment(parent) &&
    ['says', 'purpose'].includes(parent.name.getText())
  );
}

interface Place {
  readonly line: number;
  readonly text: string;
}

/** Comments of a source, and its string literals that are sentences: names have no blank. */
function textsOf(path: string): Place[] {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const places: Place[] = [];
  const add = (position: number, text: string) =>
    places.push({ line: source.getLineAndCharacterOfPosition(position).line + 1, text });

  const seen = new Set<number>();
  const visit = (node: ts.Node): void => {
    const ranges = [
      ...(ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []),
      ...(ts.getTrailingCommentRanges(source.text, node.getEnd()) ?? []),
    ];
    for (const { pos, end } of ranges)
      if (!seen.has(pos)) {
        seen.add(pos);
        add(pos, source.text.slice(pos, end).replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' '));
      }

    const isText =
      ts.isStringLiteralLike(node) ||
      node.kind === ts.SyntaxKind.TemplateHead ||
      node.kind === ts.SyntaxKind.TemplateMiddle ||
      node.kind === ts.SyntaxKind.TemplateTail;
    const { text = '' } = node as { text?: string };
    if (isText && text.includes(' ') && !isRecorded(path, node)) add(node.getStart(), text);

    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);

  return places;
}

/** Paragraphs, headings and tables of a page; code keeps its lines and loses its text. */
function proseOf(page: string): Place[] {
  const text = read(page).replace(/^```[\s\S]*?^```/gm, (code) => code.replace(/[^\n]/g, ''));
  return text.split('\n').map((line, i) => ({ line: i + 1, text: line }));
}

/** Every text of a JSON document. */
function* textsIn(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield value;
  else if (typeof value === 'object' && value !== null)
    for (const member of Object.values(value)) yield* textsIn(member);
}

/** House words, each with its place; code in backticks is exempt. */
function houseWords(path: string, places: readonly Place[]): string[] {
  return places.flatMap(({ line, text }) =>
    [...text.replace(/`[^`]*`/g, '').matchAll(HOUSE_WORD)].map(
      ([word]) => `${path}:${line}: ${word}`,
    ),
  );
}

describe('the words that STYLE.md lists', () => {
  it('are read from there', () => {
    expect(WORDS).toEqual(expect.arrayContaining(['whoever', 'stands', 'send word']));
    expect(WORDS.length).toBeGreaterThanOrEqual(14);
    expect(houseWords('x', [{ line: 1, text: 'Whoever asks is `told` so' }])).toEqual([
      'x:1: Whoever',
    ]);
  });

  it.each(['shared', 'functions', 'infra', 'cli', 'bench'])(
    'are in no comment and no sentence of %s',
    (folder) => {
      const files = globSync(`${folder}/**/*.ts`, { cwd: ROOT }).sort();
      expect(files.length).toBeGreaterThan(5);
      expect(files.flatMap((path) => houseWords(path, textsOf(path)))).toEqual([]);
    },
  );

  it('are on no page', () => {
    const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();
    expect(
      pages
        .filter((page) => page !== 'STYLE.md')
        .flatMap((page) => houseWords(page, proseOf(page))),
    ).toEqual([]);
  });

  it('are not in the description of the API', () => {
    const texts = [...textsIn(JSON.parse(read('docs/openapi.json')))];
    expect(
      houseWords(
        'docs/openapi.json',
        texts.map((text) => ({ line: 1, text })),
      ),
    ).toEqual([]);
  });
});
