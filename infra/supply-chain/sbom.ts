import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Contrib, Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import satisfies from 'spdx-satisfies';
import { buildFunctions } from '../build/build-functions.ts';
import type { BuiltFunction } from '../build/built-function.ts';
import { type LockedPackage, type Lockfile, lockedPackages } from './lockfile.ts';

/** Fields of the project's `package.json`. */
export interface Application {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

const { Component, Property } = Models;

/**
 * Creates the software bill of materials of a build: a CycloneDX document, as JSON.
 *
 * - Packages whose code is in a bundle have the scope `required`. All other packages, which build,
 *   test or serve the command line, have the scope `excluded`: "not reachable within a call graph
 *   at runtime". Code removed by tree shaking is not in a bundle.
 * - The functions are parts of the application, each with the SHA-256 that its entries in the trail
 *   contain. A function depends on the packages in its bundle, and each package names these
 *   functions in its properties `writ:function`.
 * - A package's hash is the hash of its download, which `npm ci` checks. Its licence is the one
 *   that its publisher declares.
 * - The document does not have a time or a serial number, so that the same build results in the
 *   same bytes. The application does not have a package URL, because a registry package with its
 *   name would be a different package.
 *
 * @throws if a bundle contains a package that `packages` does not name.
 * @see https://cyclonedx.org/docs/1.6/json/
 */
export function sbom(
  application: Application,
  functions: readonly BuiltFunction[],
  packages: readonly LockedPackage[],
): string {
  const libraries = new Map(packages.map((each) => [each.folder, libraryOf(each, functions)]));

  const library = (folder: string) => {
    const found = libraries.get(folder);
    if (found === undefined)
      throw new Error(
        `package-lock.json does not name ${folder}, which a bundle holds: run \`npm ci\``,
      );
    return found;
  };

  for (const { folder, dependsOn } of packages)
    library(folder).dependencies = refsTo(dependsOn.map(library));

  const parts = functions.map((fn) => partOf(fn, fn.packages.map(library)));

  const component = new Component(Enums.ComponentType.Application, application.name, {
    bomRef: application.name,
    version: application.version,
    licenses: declared(application.license),
    components: new Models.ComponentRepository(parts),
    dependencies: refsTo(parts),
  });

  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      component,
      lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
    }),
    components: new Models.ComponentRepository(libraries.values()),
  });

  const serializer = new Serialize.JsonSerializer(
    new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6),
  );

  return `${serializer.serialize(bom, { space: 2 })}\n`;
}

function partOf(
  { name, sha256 }: BuiltFunction,
  libraries: readonly Models.Component[],
): Models.Component {
  return new Component(Enums.ComponentType.Application, name, {
    bomRef: `function/${name}`,
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], sha256]]),
    dependencies: refsTo(libraries),
  });
}

function libraryOf(locked: LockedPackage, functions: readonly BuiltFunction[]): Models.Component {
  const { folder, version, licence, integrity, development } = locked;
  const [name = '', group] = locked.name.split('/').reverse();
  const containing = functions.filter(({ packages }) => packages.includes(folder));
  const properties = containing.map((fn) => new Property('writ:function', fn.name));
  if (development) properties.push(new Property('cdx:npm:package:development', 'true'));

  return new Component(Enums.ComponentType.Library, name, {
    bomRef: folder, // not the package URL, because the same version can be installed in two folders
    group,
    version,
    scope: containing.length > 0 ? Enums.ComponentScope.Required : Enums.ComponentScope.Excluded,
    purl: new PackageURL('npm', group, name, version, undefined, undefined).toString(),
    hashes: new Models.HashDictionary(
      integrity === undefined
        ? []
        : [Contrib.FromNodePackageJson.Utils.parsePackageIntegrity(integrity)],
    ),
    licenses: declared(licence),
    properties: new Models.PropertyRepository(properties),
  });
}

function refsTo(components: readonly Models.Component[]): Models.BomRefRepository {
  return new Models.BomRefRepository(components.map(({ bomRef }) => bomRef));
}

function declared(licence: string | undefined): Models.LicenseRepository {
  if (licence === undefined) return new Models.LicenseRepository();

  // throws if the text is not an SPDX expression
  const isExpression = (text: string) => satisfies(text, []);
  const license = new Contrib.License.Factories.LicenseFactory(isExpression).makeFromString(
    licence,
  );

  license.acknowledgement = Enums.LicenseAcknowledgement.Declared;

  return new Models.LicenseRepository([license]);
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '../..');
  const read = <T>(file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as T;
  const functions = await buildFunctions();
  const document = sbom(
    read<Application>('package.json'),
    functions,
    lockedPackages(read<Lockfile>('package-lock.json')),
  );
  writeFileSync(join(root, 'dist/sbom.cdx.json'), document);
  console.log('dist/sbom.cdx.json');
}
