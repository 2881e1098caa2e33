import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/**
 * Runs a script of `package.json`, then prints its output in one piece. @returns whether it passed.
 */
function passes(script: string): Promise<boolean> {
  const child = spawn(process.execPath, ['--run', script], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => output.push(data));

  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(output));
      if (code !== 0) process.stderr.write(`\nFAILED: npm run ${script}\n\n`);
      resolve(code === 0);
    });
  });
}

// the named scripts, as many at a time as there are processors; one that fails stops no other
const waiting = process.argv.slice(2).values();
const work = async () => {
  for (const script of waiting) if (!(await passes(script))) process.exitCode = 1;
};

await Promise.all(Array.from({ length: availableParallelism() }, work));
