import { describe, expect, it } from 'vitest';
import { lockfile, packages, readJson } from './checkout.ts';

type Versions = Readonly<Record<string, string>>;

const manifest = readJson<{
  engines: Versions;
  dependencies: Versions;
  devDependencies: Versions;
  optionalDependencies: Versions;
  allowScripts: Readonly<Record<string, boolean>>;
}>('package.json');
const { dependencies, devDependencies, optionalDependencies } = manifest;

describe('dependencies', () => {
  it.each(Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))(
    'pin %s to one version: %s',
    (_, version) => {
      expect(version).toMatch(/^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+$/);
    },
  );

  it('stand in the lock file as in package.json', () => {
    expect(lockfile.packages['']).toMatchObject({
      dependencies,
      devDependencies,
      optionalDependencies,
      engines: manifest.engines,
    });
  });

  it('take Node.js from one release line', () => {
    const lines = [
      manifest.engines.node,
      devDependencies['@types/node'],
      ...Object.values(optionalDependencies),
    ];

    expect(lines.map((version) => /\d+/.exec(version ?? '')?.[0])).toEqual([
      '24',
      '24',
      '24',
      '24',
    ]);
  });
});

describe('the lock file', () => {
  it('is of version 3, and names no registry', () => {
    expect(lockfile.lockfileVersion).toBe(3);
    expect(JSON.stringify(lockfile)).not.toContain('"resolved"');
  });

  it('has a SHA-512 of every package, but for those that come inside of another', () => {
    const without = packages.filter(
      ({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
    );
    const inside = Object.entries(lockfile.packages).filter(([, entry]) => 'inBundle' in entry);
    expect(without.map(({ folder }) => folder)).toEqual(inside.map(([folder]) => folder));
  });
});

describe('install scripts', () => {
  it('are known by name, none is needed, and each is refused', () => {
    const known = {
      // would build what it brings built; it comes with dynalite, which keeps its tables in memory
      // here
      'classic-level': false,
      // puts the binary where a shim in JavaScript would start it: faster, otherwise the same
      esbuild: false,
    };

    expect(
      packages.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name),
    ).toEqual(Object.keys(known));
    expect(manifest.allowScripts).toEqual(known);
  });
});
