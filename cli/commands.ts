import { authority } from './authority/authority.ts';
import { approve, reject } from './client/decide.ts';
import { gates } from './client/list-gates.ts';
import { runs } from './client/list-runs.ts';
import { token } from './client/print-token.ts';
import { gate } from './client/show-gate.ts';
import { trail } from './client/show-trail.ts';
import { signIn } from './client/sign-in.ts';
import { run } from './client/start-run.ts';
import { whoami } from './client/whoami.ts';
import type { AddCommand } from './command/command.ts';
import { startCommand } from './start/command.ts';
import { verify } from './verify/verify.ts';

/** Commands of `writ`, in the order of the help text. */
export const COMMANDS: readonly AddCommand[] = [
  startCommand,
  signIn,
  token,
  whoami,
  run,
  runs,
  gates,
  gate,
  approve,
  reject,
  trail,
  verify,
  authority,
];
