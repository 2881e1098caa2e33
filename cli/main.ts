#!/usr/bin/env node
import { load } from './command/refusals.ts';

process.stdout.on('error', () => process.exit(3)); // the reader has closed the pipe
const [{ runMain }, { COMMANDS }] = await load(
  Promise.all([import('./command/run-main.ts'), import('./commands.ts')]),
);
await runMain(COMMANDS, process.argv.slice(2), 'npx writ');
