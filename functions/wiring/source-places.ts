import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { framesOf } from '#shared/audit/index.ts';
import { MAPS_FOLDER } from './bundle.ts';

/** Sources that authors write. */
const AUTHORS = /^functions\/automations\//;

/**
 * Finds where in its author's sources an error was thrown that came out of a bundle. The source map
 * is read when it is first needed.
 *
 * What it gives is a place of the map, whatever an error says of itself.
 *
 * @param folder - Of the bundle; the maps lie beside it.
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
      return undefined; // an error that cannot be looked at, or a build without maps
    }
  };
}

function readMap(folder: string): SourceMap {
  const path = join(dirname(folder), MAPS_FOLDER, `${basename(folder)}.json`);
  return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
}
