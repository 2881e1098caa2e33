#!/usr/bin/env node
import { join } from 'node:path';
import { authority } from './authority/authority.ts';
import { Page } from './command/page.ts';
import { runProgram } from './command/run-program.ts';

/** Every command of `writ`. */
const COMMANDS = [authority];

const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(`Node 24 or newer is needed, this is ${process.version}; on Linux npx writ brings its own`);
  process.exit(2);
}
process.stdout.on('error', () => process.exit(3)); // who reads has gone
process.exitCode = await runProgram(COMMANDS, process.argv.slice(2), {
  root: join(import.meta.dirname, '..'),
  out: new Page(process.stdout),
  err: new Page(process.stderr),
});
