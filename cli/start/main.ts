import { load } from '../command/refusals.ts';

process.stdout.on('error', () => {}); // a closed pipe must not stop the platform
/** `npm start`. Separate from `writ`, because it needs other Node.js options. */
const [{ runMain }, { startCommand }] = await load(
  Promise.all([import('../command/run-main.ts'), import('./command.ts')]),
);
await runMain([startCommand], ['start', ...process.argv.slice(2)], 'npm start');
