/** One package of `package-lock.json`, as it lies in `node_modules`. */
export interface LockedPackage {
  /**
   * Where it lies, such as `node_modules/zod`. Tells apart what the name does not: one package can
   * be there in two versions.
   */
  readonly folder: string;
  /** The name it is published under, also where an alias installs it as another. */
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as its publisher declared it. */
  readonly licence?: string;
  /**
   * What `npm ci` compares the download with. A package that came inside of another has none of its
   * own.
   */
  readonly integrity?: string;
  /** Nothing but development asks for it. */
  readonly development: boolean;
  /** It would run a command of its own when it is installed. */
  readonly hasInstallScript: boolean;
  /** Folders of the packages it asks for, as Node.js would find them from its folder. */
  readonly dependsOn: readonly string[];
}

/** The parts of `package-lock.json` that are read here. */
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
 * Every package that a lock file names, in its order, the project itself left out.
 *
 * The lock file names the packages of every platform, so what is made of it is the same on each.
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
        (name) => find(name, folder, packages) ?? [], // an optional peer that nobody installed
      ),
    }));
}

/** The folder that `import 'name'` leads to from `folder`: the nearest `node_modules`, outwards. */
function find(name: string, folder: string, packages: Lockfile['packages']): string | undefined {
  const here = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
  if (here in packages) return here;
  return folder === ''
    ? undefined
    : find(name, folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/'))), packages);
}
