import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Fields read from a package's `package.json`. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
  readonly repository?: string | { readonly url: string };
}

const NOTICE = /^(?:licen[cs]e|notice|copying|copyright|third[-_]?party)/i;

/** Reference to Writ's own licence, for a partial checkout without the file. */
const APACHE = 'Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0';

/** Licence texts, without the copyright line, for packages without a licence file. */
const STANDARD: Readonly<Record<string, string>> = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.`,
  ISC: `Permission to use, copy, modify, and/or distribute this software for any
purpose with or without fee is hereby granted, provided that the above
copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY
AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM
LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR
OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR
PERFORMANCE OF THIS SOFTWARE.`,
};

/**
 * Returns the licence notices of a bundle: Writ's own notice, then the notices of the packages
 * whose code is in the bundle. Packages with the same text share one notice. For a package without
 * a licence file, the notice is the standard text of the licence that its publisher declares.
 *
 * @param root - Folder of the checkout.
 * @param packages - Folders of the packages, relative to `root`.
 * @throws if a package has no licence file and its licence has no standard text here.
 */
export function noticesOf(root: string, packages: readonly string[]): string {
  const own = existsSync(join(root, 'LICENSE'))
    ? readFileSync(join(root, 'LICENSE'), 'utf8').trim()
    : APACHE;

  const rows = [{ name: titleOf(manifestOf(root)), text: own }].concat(
    packages.map((folder) => {
      const path = join(root, folder);
      return {
        name: titleOf(manifestOf(path)),
        text: ownTexts(path) || standardText(manifestOf(path), own),
      };
    }),
  );

  const sections = [...Map.groupBy(rows, ({ text }) => text)].map(
    ([text, sharing]) => `${[...new Set(sharing.map(({ name }) => name))].join('\n')}\n\n${text}\n`,
  );

  return `Software in this bundle, with the licence of each.\n\n${sections.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

const manifestOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;

const titleOf = ({ name, version, license }: Manifest) => `${name} ${version} (${license})`;

/** Returns the joined licence files of a package; empty if the package has no licence file. */
function ownTexts(folder: string): string {
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (file) => file.isFile() && NOTICE.test(file.name),
  );
  const texts = files.map(({ name }) => name).sort();
  return texts
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim())
    .join('\n\n');
}

function standardText(
  { name, license = '', author, repository }: Manifest,
  apache: string,
): string {
  const text = license === 'Apache-2.0' ? apache : STANDARD[license];
  if (text === undefined) {
    throw new Error(
      `${name} brings no text of its licence ${license}: add the standard one to infra/build/notices.ts`,
    );
  }

  const holder = (typeof author === 'object' ? author.name : author) ?? `the authors of ${name}`;
  const from = typeof repository === 'object' ? repository.url : repository;
  const copyright = `Copyright (c) ${holder}${from === undefined ? '' : `, ${from.replace(/^git\+/, '')}`}`;

  return license === 'Apache-2.0' ? text : `${copyright}\n\n${text}`;
}
