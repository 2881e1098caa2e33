import { InvalidArgumentError } from 'commander';
import { ROLLOUTS } from '#shared/engine/index.ts';
import { DEFAULT_PORT } from '../api/address.ts';
import { DEFAULT_FOLDER } from '../client/options.ts';
import type { AddCommand } from '../command/command.ts';
import { type RolloutSetting, readRollout } from './seed-rollouts.ts';
import { readStandIn, type StandIn } from './stand-ins.ts';

export interface StartCommandOptions {
  readonly port: number;
  readonly data: string;
  readonly demo?: true;
  readonly rollout?: readonly RolloutSetting[];
  readonly vendor?: readonly StandIn[];
  readonly json?: true;
  readonly verbose?: true;
}

/**
 * `npm start`, and `writ start`: the platform with its API, on this machine and for this machine
 * alone.
 */
export const startCommand: AddCommand = (program, around) => {
  program
    .command('start')
    .description('the platform with its API on this machine, until Ctrl-C')
    .option('--port <number>', 'of the API, at 127.0.0.1', readPort, DEFAULT_PORT)
    .option('--data <folder>', 'where the data is, kept between starts', DEFAULT_FOLDER)
    .option('--demo', 'with a sample bank, orders, suppliers, and invoices to try')
    .option('--rollout <automation=stage>', ROLLOUT, collectRollouts)
    .option('--vendor <name=url>', VENDOR, collectStandIns)
    .option('--json', 'print one line of JSON when it runs: url, data, people')
    .option(
      '--verbose',
      'every application log line on standard error (default: warnings and errors)',
    )
    .addHelpText(
      'after',
      '\nExample:\n  npm start -- --demo --data /tmp/try-writ\n  npm start -- --rollout refund=exceptions\n\nA port that is taken is refused, as is an automation or a vendor that there is not.',
    )
    .action(async (options: StartCommandOptions, command) => {
      if (options.data === '') command.error('error: --data needs a folder');
      const { performStart } = await import('./perform.ts');
      await performStart(options, around);
    });
};

const ROLLOUT = `how far to trust an automation, kept with the data: ${ROLLOUTS.join(', ')}. Until then it is shadow: no gate waits, nothing is sent. May be given several times`;

const VENDOR =
  'a program on this machine that stands in for a vendor, such as payouts=http://127.0.0.1:4010; otherwise it is called at its own host. May be given several times';

function collectStandIns(text: string, before: readonly StandIn[] = []): readonly StandIn[] {
  const standIn = readStandIn(text);
  if (standIn === undefined)
    throw new InvalidArgumentError('It is NAME=URL, and a URL is http://127.0.0.1:PORT.');
  return [...before, standIn];
}

function collectRollouts(
  text: string,
  before: readonly RolloutSetting[] = [],
): readonly RolloutSetting[] {
  const setting = readRollout(text);
  if (setting === undefined)
    throw new InvalidArgumentError(
      `It is AUTOMATION=STAGE, and a stage is ${ROLLOUTS.join(', ')}.`,
    );

  return [...before, setting];
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('A port is a number up to 65535; 0 takes one that is free.');
  return port;
}
