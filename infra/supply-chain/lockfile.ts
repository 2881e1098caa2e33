/** A package of `package-lock.json`, as installed. */
export interface LockedPackage {
  /**
   * Install folder, such as `node_modules/zod`. Unique, unlike the name: two versions of a package
   * can be installed.
   */
  readonly folder: string;
  /** Published name, even if an alias installs the package under a different name. */
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as the package's publisher declared it. */
  readonly licence?: string;
  /**
   * Hash with which `npm ci` compares the download. Undefined for a package that is bundled inside
   * a different package.
   */
  readonly integrity?: string;
  /** True if only development dependencies need the package. */
  readonly development: boolean;
  /** True if the package runs a script when it is installed. */
  readonly hasInstallScript: boolean;
  /** Folders of the package's dependencies, as Node.js resolves them. */
  readonly dependsOn: readonly string[];
}

/** Parts of `package-lock.json` that are read. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

interface LockEntry {
  readonly name?: string;
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: true;
  readonly hasInstallScript?: true;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/**
 * Returns every package of a lock file, in order, without the project itself.
 *
 * The lock file names the packages of every platform, so the result is the same on every platform.
 *
 * @see https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json, section "packages"
 */
export function lockedPackages({ packages }: Lockfile): LockedPackage[] {
  return Object.entries(packages)
    .filter(([folder]) => folder !== '')
    .map(([folder, entry]) => ({
      folder,
      name:
        entry.name ?? folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version: entry.version,
      licence: entry.license,
      integrity: entry.integrity,
      development: entry.dev === true,
      hasInstallScript: entry.hasInstallScript === true,
      dependsOn: Object.keys({
        ...entry.dependencies,
        ...entry.optionalDependencies,
        ...entry.peerDependencies,
      }).flatMap(
        (name) => find(name, folder, packages) ?? [], // an optional peer may not be installed
      ),
    }));
}

/**
 * Returns the folder to which `import 'name'` resolves from `folder`: in the nearest
 * `node_modules`, searching upwards.
 */
function find(name: string, folder: string, packages: Lockfile['packages']): string | undefined {
  const here = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
  if (here in packages) return here;
  return folder === ''
    ? undefined
    : find(name, folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/'))), packages);
}
