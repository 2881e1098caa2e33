#!/usr/bin/env node
import { runMain } from './command/run-main.ts';
import { COMMANDS } from './commands.ts';

process.stdout.on('error', () => process.exit(3)); // who reads has gone
await runMain(COMMANDS, process.argv.slice(2), 'npx writ');
