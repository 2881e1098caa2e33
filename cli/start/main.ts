import { runMain } from '../command/run-main.ts';
import { startCommand } from './command.ts';

process.stdout.on('error', () => {}); // who reads may go, the platform stays
/** `npm start`: a process of its own, because it is started with other options of Node than the commands. */
await runMain([startCommand], ['start', ...process.argv.slice(2)], 'npm start');
