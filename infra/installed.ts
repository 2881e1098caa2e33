import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * Packages for development that `package.json` asks for and `npm ci` left out, as it does with
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

/** Before a script of npm that needs them: says so, instead of failing at the first. */
if (import.meta.main) {
  const missing = notInstalled();
  if (missing.length > 0) {
    console.error(
      `packages for development are not installed: ${missing.join(', ')}\nrun "npm ci --include=dev"`,
    );
    process.exitCode = 1;
  }
}
