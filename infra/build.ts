import { isWritError } from '#shared/kernel/index.ts';
import { buildFunctions } from './build/build-functions.ts';

/** Bundles every function into `dist/functions`: `npm run build`. */
try {
  await buildFunctions();
} catch (error) {
  if (!isWritError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
