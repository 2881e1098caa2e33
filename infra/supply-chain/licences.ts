import satisfies from 'spdx-satisfies';
import type { LockedPackage } from './lockfile.ts';

/** Licences allowed in deployed code. They only require that notices are kept. */
const PERMISSIVE = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'MIT-0',
  'BlueOak-1.0.0',
];

/**
 * Additional licences allowed for development dependencies, each with the reason why it is harmless
 * for them.
 */
export const FOR_DEVELOPMENT: Readonly<Record<string, string>> = {
  'MPL-2.0': 'lightningcss, which vitest brings: we neither change its files nor pass them on',
  'Python-2.0': 'argparse, which openapi-typescript brings: permissive, with a notice to be kept',
  'CC0-1.0': 'spdx-license-ids: a list of names, given to the public',
  'CC-BY-3.0':
    'spdx-exceptions and spdx-ranges: lists that name their authors, and that we do not pass on',
};

/**
 * Checks licences of packages. Returns a sentence for each problem.
 *
 * For `A OR B`, one of the two must be allowed; for `A AND B`, both. A missing licence, or one that
 * is not an SPDX expression, is refused.
 *
 * @param deployed - Folders of the packages whose code is in a bundle. These packages, and all that
 *   are not development dependencies, must have a permissive licence.
 */
export function licenceProblems(
  packages: readonly LockedPackage[],
  deployed: ReadonlySet<string>,
): string[] {
  return packages.flatMap(({ folder, name, version, licence, development }) => {
    const strict = !development || deployed.has(folder);
    const allowed = strict ? PERMISSIVE : [...PERMISSIVE, ...Object.keys(FOR_DEVELOPMENT)];
    if (isAllowed(licence, allowed)) return [];
    return `${name} ${version} in ${folder} has licence ${licence ?? 'none'}, allowed are ${allowed.join(', ')}`;
  });
}

function isAllowed(licence: string | undefined, allowed: readonly string[]): boolean {
  try {
    return licence !== undefined && satisfies(licence, allowed);
  } catch {
    return false; // not an SPDX expression: `UNLICENSED`, `SEE LICENSE IN …`
  }
}
