import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const PACKAGE = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string>>;
};

interface Export {
  readonly name: string;
  /** Functions and classes; constants and types need no example. */
  readonly isCallable: boolean;
  readonly examples: readonly string[];
}

/** Everything the package exports, with the code of its `@example` tags and of its members'. */
function exportsOf(files: readonly string[]): Export[] {
  const program = ts.createProgram(files, {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  });
  const checker = program.getTypeChecker();

  return files.flatMap((file) => {
    const source = program.getSourceFile(file);
    const module = source && checker.getSymbolAtLocation(source);
    if (module === undefined) throw new Error(`${file} exports nothing`);

    return checker.getExportsOfModule(module).map((exported) => {
      const symbol =
        exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declaration] = symbol.declarations ?? [];
      const initializer =
        declaration !== undefined && ts.isVariableDeclaration(declaration)
          ? declaration.initializer
          : undefined;

      return {
        name: exported.name,
        isCallable:
          !exported.declarations?.some((each) => ts.isTypeOnlyExportDeclaration(each)) &&
          ((symbol.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class)) !== 0 ||
            (initializer !== undefined && ts.isFunctionLike(initializer))),
        examples: [symbol, ...(symbol.members?.values() ?? [])].flatMap(examplesOf),
      };
    });
  });
}

function examplesOf(symbol: ts.Symbol): string[] {
  return symbol
    .getJsDocTags(undefined)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text));
}

const FENCE = /^```ts\n([\s\S]*?)^```$/m;

describe('the public interface', () => {
  const exported = exportsOf(Object.values(PACKAGE.exports).map((path) => join(ROOT, path)));
  let folder = '';

  beforeAll(() => {
    // inside the repository, so that `writ` is this package; the dot hides it from other tools
    folder = mkdtempSync(join(import.meta.dirname, '.tmp-'));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has an example of each function and class', () => {
    const lacking = exported.filter(({ isCallable, examples }) => isCallable && !examples.length);
    expect(lacking.map(({ name }) => name)).toEqual([]);
    expect(exported.filter(({ isCallable }) => isCallable).length).toBeGreaterThanOrEqual(15);
  });

  it('has its examples in ts fences, importing nothing private', () => {
    for (const { name, examples } of exported)
      for (const example of examples) {
        expect([name, example]).toEqual([name, expect.stringMatching(FENCE)]);
        const imported = [...example.matchAll(/ from '([^']+)'/g)].map(([, from = '']) => from);
        const inside = imported.filter(
          (from) => !/^(?:writ|writ\/testing|zod\/mini|vitest|node:.+)$/.test(from),
        );
        expect([name, inside]).toEqual([name, []]);
      }
  });

  it('has examples that compile', async () => {
    // numbered, since names such as Automation and automation differ only in case
    for (const [n, { name, examples }] of exported.entries())
      for (const [i, example] of examples.entries()) {
        const code = FENCE.exec(example)?.[1] ?? '';
        writeFileSync(join(folder, `${n}-${i}-${name}.ts`), `${code}\nexport {};\n`);
      }

    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../tsconfig.json',
        compilerOptions: { noUnusedLocals: false },
        include: ['./*.ts'],
      }),
    );

    const tsc = join(ROOT, 'node_modules/@typescript/native/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);

    expect(stdout).toBe('');
  });
});
