import { describe, expect, it } from 'vitest';
import { lockedPackages } from '#infra/supply-chain/lockfile.ts';

const version = '1.0.0';
const packages = lockedPackages({
  packages: {
    '': { version, dependencies: { outer: version } },
    'node_modules/@scope/alias': { version, name: '@scope/real', dev: true },
    'node_modules/inner': { version, license: 'MIT', hasInstallScript: true },
    'node_modules/outer': {
      version,
      dependencies: { inner: '^2.0.0' },
      optionalDependencies: { '@scope/alias': version },
      peerDependencies: { 'not-installed': version },
    },
    'node_modules/outer/node_modules/inner': { version: '2.0.0', peerDependencies: { outer: '*' } },
  },
});
const at = (folder: string) => packages.find((each) => each.folder === folder);

describe('a lock file', () => {
  it('names all packages but the project itself, one at two places twice', () => {
    expect(packages.map(({ name, version }) => `${name}@${version}`)).toEqual([
      '@scope/real@1.0.0',
      'inner@1.0.0',
      'outer@1.0.0',
      'inner@2.0.0',
    ]);
  });

  it('tells which package an import leads to: the nearest, none for an optional peer that nobody installed', () => {
    expect(at('node_modules/outer')?.dependsOn).toEqual([
      'node_modules/outer/node_modules/inner',
      'node_modules/@scope/alias',
    ]);
    expect(at('node_modules/outer/node_modules/inner')?.dependsOn).toEqual(['node_modules/outer']);
  });

  it('tells development from production, and who would run a script', () => {
    expect(packages.filter(({ development }) => development)).toEqual([
      at('node_modules/@scope/alias'),
    ]);
    expect(packages.filter(({ hasInstallScript }) => hasInstallScript)).toEqual([
      at('node_modules/inner'),
    ]);
  });
});
