import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { framesOf } from '#shared/audit/index.ts';
import { MAPS_FOLDER } from './bundle.ts';

/** Sources of automation authors. */
const AUTHORS = /^functions\/automations\//;

/**
 * Returns a function that finds the position in the author's sources where an error of a bundle was
 * thrown. The position is always from the source map, never from the error's own text. The map is
 * read on first use.
 *
 * @param folder - Folder of the bundle; the maps are next to it.
 */
export function sourcePlaces(folder: string): (error: unknown) => string | undefined {
  const code = join(folder, 'index.mjs');
  const called = [code, pathToFileURL(code).href];
  let map: SourceMap | undefined;

  return (error) => {
    try {
      if (!(error instanceof Error)) return undefined;
      const frames = framesOf(error).filter(({ file }) => called.includes(file));
      if (frames.length === 0) return undefined;

      map ??= readMap(folder);

      for (const { line, column } of frames) {
        const origin = map.findOrigin(line, column);
        if ('fileName' in origin && AUTHORS.test(origin.fileName))
          return `${origin.fileName}:${origin.lineNumber}`;
      }

      return undefined;
    } catch {
      return undefined; // a hostile error object, or a build without maps
    }
  };
}

function readMap(folder: string): SourceMap {
  const path = join(dirname(folder), MAPS_FOLDER, `${basename(folder)}.json`);
  return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
}
