import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PERMISSIONS } from '#shared/access/permissions.ts';
import { ACTIONS } from '#shared/audit/index.ts';
import { ERROR_CODES } from '#shared/kernel/error-codes.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
/** Tables whose keys are places in documents, which look like codes, and the lists of codes. */
const LEFT_OUT = [
  'functions/http/openapi/descriptions.ts',
  'functions/http/openapi/examples.ts',
  'shared/kernel/error-codes.ts',
  'functions/automations/invoice-approval/ubl-error-codes.ts',
];
const SOURCES = sourcesIn('{shared,functions,cli,infra}/**/*.ts');

function sourcesIn(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: ROOT })
    .filter((path) => !LEFT_OUT.includes(path))
    .map((path) => withoutComments(readFileSync(join(ROOT, path), 'utf8')));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '');
}

/** Ids of policies. */
const POLICIES = new Set(
  globSync('shared/access/policies/*.cedar', { cwd: ROOT }).flatMap((path) =>
    [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^@id\("([^"]+)"\)/gm)].map(
      ([, id = '']) => id,
    ),
  ),
);

/**
 * Texts of the form of a code that are none: names of files, of a handler, of a symbol, of platform
 * resources, of an AWS source.
 */
const NOT_CODES =
  /^(?:index\.|writ\.error$|sign-in\.code$|(?:api|aws|log|network)\.)|\.(?:ts|mjs|js|json|db|key|pdf|xml|csv|txt|cedar|cedarschema)$/;

/**
 * Every text in the sources that has the form `<area>.<what>`, comments left out; actions of
 * entries, permissions and policies have it as well.
 */
function codesIn(sources: readonly string[]): Set<string> {
  const code = sources.join('\n');
  const found = [...code.matchAll(/'([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)'/g)].map(
    ([, text = '']) => text,
  );

  return new Set(
    found.filter(
      (text) =>
        !(text in ACTIONS) &&
        !(text in PERMISSIONS) &&
        !POLICIES.has(text) &&
        !NOT_CODES.test(text),
    ),
  );
}

/** Rows of the tables: code and fate, or fates where classes of one code have several. */
const documented = new Map(
  [...PAGE.matchAll(/^\| `([a-z-]+\.[a-z-]+)` \| ([\w, ]+) \|/gm)].map(
    ([, code = '', fate = '']) => [code, fate],
  ),
);

/** Fates by code, of the classes that have one fate. */
function fatesInSources(): Map<string, string> {
  const found = new Map<string, Set<string>>();
  const fates = {
    set: (code: string, fate: string) => found.set(code, (found.get(code) ?? new Set()).add(fate)),
  };

  for (const text of SOURCES) {
    for (const [, body = ''] of text.matchAll(
      /class \w+ extends WritError(?:<\w+>)? \{\n([\s\S]*?)\n\}/g,
    )) {
      const fate = /readonly fate(?:: Fate)? = '(\w+)'/.exec(body)?.[1];
      const codes = /readonly code(?:: | = )('[^;]+);/.exec(body)?.[1] ?? '';
      if (fate !== undefined)
        for (const [, code = ''] of codes.matchAll(/'([^']+)'/g)) fates.set(code, fate);
    }

    for (const [, code = ''] of text.matchAll(/InvalidInputError(?:<\w+>)?\(\s*'([^']+)'/g))
      fates.set(code, 'refuse');
  }

  return new Map([...found].map(([code, each]) => [code, [...each].join(', ')]));
}

describe('the list of error codes', () => {
  it('has every code of the sources', () => {
    expect([...codesIn(SOURCES)].filter((code) => !documented.has(code)).sort()).toEqual([]);
  });

  it('has no code that is in no source', () => {
    const known = codesIn(SOURCES);
    expect([...documented.keys()].filter((code) => !known.has(code))).toEqual([]);
  });

  it('has the codes of `ErrorCode` and of automations, and no other', () => {
    // an automation has codes of its own
    const all = new Set([...ERROR_CODES, ...codesIn(sourcesIn('functions/automations/**/*.ts'))]);
    expect([...documented.keys()].sort()).toEqual([...all].sort());
  });

  it('names each code once', () => {
    const rows = PAGE.match(/^\| `[a-z-]+\.[a-z-]+` \|/gm) ?? [];
    expect(rows).toHaveLength(documented.size);
  });

  it('says of each the fate that its class gives it', () => {
    const fates = fatesInSources();
    expect(fates.size).toBeGreaterThan(50);
    for (const [code, fate] of fates) expect([code, documented.get(code)]).toEqual([code, fate]);
  });

  it('has every problem that a check of the trail can find', () => {
    const problems = SOURCES.flatMap((text) =>
      [...text.matchAll(/problems\.push\(\{\s*code: '([a-z-]+)'/g)].map(([, code = '']) => code),
    );
    expect(new Set(problems).size).toBe(8);
    for (const problem of problems) expect(PAGE).toContain(`| \`${problem}\` |`);
  });
});
