import { load } from '../command/refusals.ts';

process.stdout.on('error', () => {}); // who reads may go, the platform stays
/**
 * `npm start`: a process of its own, because it is started with other options of Node than the
 * commands.
 */
const [{ runMain }, { startCommand }] = await load(
  Promise.all([import('../command/run-main.ts'), import('./command.ts')]),
);
await runMain([startCommand], ['start', ...process.argv.slice(2)], 'npm start');
