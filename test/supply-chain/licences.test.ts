import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FOR_DEVELOPMENT, licenceProblems } from '#infra/supply-chain/licences.ts';
import type { LockedPackage } from '#infra/supply-chain/lockfile.ts';
import { copyInto, packages, ROOT, readJson } from './checkout.ts';

const madeUp: LockedPackage = {
  folder: 'node_modules/made-up',
  name: 'made-up',
  version: '1.2.3',
  licence: 'MIT',
  development: false,
  hasInstallScript: false,
  dependsOn: [],
};
const nothing = new Set<string>();
const { functions } = await copyInto('licences');

describe('licences', () => {
  it('let every package be used as it is', () => {
    const deployed = new Set(functions.flatMap((fn) => fn.packages));
    expect(deployed.size).toBeGreaterThan(0);
    expect(licenceProblems(packages, deployed)).toEqual([]);
  });

  it('stand in the lock file as the packages themselves declare them', () => {
    const installed = packages.filter(({ folder }) =>
      existsSync(join(ROOT, folder, 'package.json')),
    );

    const said = installed.map(({ folder }) => {
      const { license } = readJson<{ license?: string | { readonly type: string } }>(
        `${folder}/package.json`,
      );
      // as npm wrote it ten years ago
      return [folder, typeof license === 'object' ? license.type : license];
    });

    expect(installed.length).toBeGreaterThan(100);
    expect(said).toEqual(installed.map(({ folder, licence }) => [folder, licence]));
  });

  it.each(Object.keys(FOR_DEVELOPMENT))(
    'allow %s in development because a package there has it',
    (licence) => {
      expect(
        packages.filter((each) => each.development && each.licence?.includes(licence)),
      ).not.toEqual([]);
    },
  );

  it.each(['MIT', 'BlueOak-1.0.0', '(MIT OR GPL-3.0-or-later)', 'MIT AND ISC'])(
    'of production may be %s',
    (licence) => {
      expect(licenceProblems([{ ...madeUp, licence }], nothing)).toEqual([]);
    },
  );

  it.each([
    'GPL-3.0-only',
    'MIT AND AGPL-3.0-only',
    'MPL-2.0',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE.md',
    '',
    undefined,
  ])('of production may not be %s', (licence) => {
    const [problem, ...others] = licenceProblems([{ ...madeUp, licence }], nothing);
    expect(problem).toContain(
      `made-up 1.2.3 in node_modules/made-up has licence ${licence ?? 'none'}, allowed are MIT, `,
    );
    expect(others).toEqual([]);
  });

  it('of development may be more, unless the code is in a bundle', () => {
    const development = { ...madeUp, licence: 'MPL-2.0', development: true };
    expect(licenceProblems([development], nothing)).toEqual([]);
    expect(licenceProblems([development], new Set([madeUp.folder]))).toHaveLength(1);
    expect(licenceProblems([{ ...development, licence: 'GPL-3.0-only' }], nothing)).toHaveLength(1);
  });
});
