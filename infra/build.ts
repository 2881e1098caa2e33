import { buildFunctions } from './build/build-functions.ts';
import { reportErrors } from './config/report-errors.ts';

/** Bundles every function into `dist/functions`: `npm run build`. */
await reportErrors(async () => {
  await buildFunctions();
});
