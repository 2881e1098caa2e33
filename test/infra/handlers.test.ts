import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { planFunctions } from '#infra/build/function-plan.ts';
import { handlerPath } from '#infra/build/planned-function.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

const planned = (await planFunctions()).map(({ name, kind, entries: { index, aws } }) => ({
  name,
  kind,
  handler: handlerPath(index, 'index'),
  adapters: aws === undefined ? undefined : handlerPath(aws, 'aws'),
}));

describe('functions/handlers', () => {
  it('has the handler of every function that Lambda calls, and its adapters for AWS', () => {
    for (const { name, handler, adapters = '' } of planned.filter(
      ({ kind }) => kind !== 'platform',
    )) {
      expect([name, existsSync(join(ROOT, handler))]).toEqual([name, true]);
      expect(read(handler)).toMatch(/^export const handler = await deployed\(/m);
      expect(read(adapters)).toMatch(/^export const open = /m);
    }
  });

  it('has no file that no function is built from', () => {
    const used = planned.flatMap(({ handler, adapters }) => [handler, adapters]);
    const files = globSync('functions/handlers/**/*.ts', { cwd: ROOT });
    expect(files.filter((path) => !path.endsWith('.d.ts') && !used.includes(path))).toEqual([]);
  });

  it('loads the adapters that are built for the function, and no others', () => {
    for (const { name, handler, adapters } of planned) {
      const loaded = [...read(handler).matchAll(/import\('(.+)'\)/g)].map(([, path = '']) =>
        join(handler, '..', path),
      );
      expect([name, ...loaded]).toEqual([name, adapters].filter((path) => path !== undefined));
    }
  });
});
