import { InvalidArgumentError } from 'commander';
import { ROLLOUTS } from '#shared/engine/index.ts';
import { DEFAULT_PORT } from '../api/address.ts';
import { DEFAULT_FOLDER } from '../client/options.ts';
import type { AddCommand } from '../command/command.ts';
import type { StartCommandOptions } from './perform.ts';
import { type RolloutSetting, readRollout } from './seed-rollouts.ts';
import { readStandIn, type StandIn } from './stand-ins.ts';

/**
 * `npm start` and `writ start`: starts the platform and its API, reachable only from this machine.
 */
export const startCommand: AddCommand = (program, context) => {
  program
    .command('start')
    .description('Start the platform and its API on this machine')
    .option('--port <number>', 'listen on this port of 127.0.0.1', readPort, DEFAULT_PORT)
    .option('--data <folder>', 'keep the data in this folder', DEFAULT_FOLDER)
    .option('--demo', 'add a sample bank, orders, suppliers and invoices')
    .option('--rollout <automation=stage>', ROLLOUT, collectRollouts)
    .option('--vendor <name=url>', VENDOR, collectStandIns)
    .option('--json', 'print one line of JSON with url, data and people when ready')
    .option('--verbose', 'log everything on standard error, not only warnings and errors')
    .addHelpText(
      'after',
      '\nExample:\n  npm start -- --demo --data /tmp/try-writ\n  npm start -- --rollout refund=exceptions\n\nThe platform runs until Ctrl-C and keeps its data for the next start.',
    )
    .action(async (options: StartCommandOptions, command) => {
      if (options.data === '') command.error('error: --data needs a folder');
      const { performStart } = await import('./perform.ts');
      await performStart(options, context);
    });
};

const ROLLOUT = `set the rollout of an automation: ${ROLLOUTS.join(', ')} (repeatable; default: shadow, in which no gate waits and nothing is sent)`;

const VENDOR =
  'call a program on this machine in place of a vendor, such as payouts=http://127.0.0.1:4010 (repeatable)';

function collectStandIns(text: string, before: readonly StandIn[] = []): readonly StandIn[] {
  const standIn = readStandIn(text);
  if (standIn === undefined)
    throw new InvalidArgumentError('Use NAME=URL with a URL such as http://127.0.0.1:4010.');
  return [...before, standIn];
}

function collectRollouts(
  text: string,
  before: readonly RolloutSetting[] = [],
): readonly RolloutSetting[] {
  const setting = readRollout(text);
  if (setting === undefined)
    throw new InvalidArgumentError(
      `Use AUTOMATION=STAGE with one of the stages ${ROLLOUTS.join(', ')}.`,
    );

  return [...before, setting];
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Use a number from 0 to 65535; 0 picks a free port.');
  return port;
}
