import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * Returns the development dependencies that are not installed, for example after `npm ci` with
 * `NODE_ENV=production`.
 */
export function notInstalled(root = ROOT): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: object;
  };
  return Object.keys(devDependencies).filter(
    (name) => !existsSync(join(root, 'node_modules', name)),
  );
}

/** Runs before npm scripts that need development dependencies, and lists all missing ones. */
if (import.meta.main) {
  const missing = notInstalled();
  if (missing.length > 0) {
    console.error(
      `packages for development are not installed: ${missing.join(', ')}\nrun "npm ci --include=dev"`,
    );
    process.exitCode = 1;
  }
}
