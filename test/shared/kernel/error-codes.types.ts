/**
 * Must not compile: each `@ts-expect-error` fails the type check when the line below it compiles.
 * Not run.
 */
import { DefectError, InvalidInputError, isWritError, WritError } from '#shared/kernel/index.ts';

const error: unknown = new DefectError('for the types');

isWritError(error, 'ledger.conflict', 'ledger.unknown');
// @ts-expect-error the code is misspelt
isWritError(error, 'ledger.conflct');
// @ts-expect-error one of the codes is misspelt
isWritError(error, 'ledger.unknown', 'ledger.conflct');

new InvalidInputError('name.invalid', 'a name is invalid');
// @ts-expect-error the code is misspelt
new InvalidInputError('name.invlid', 'a name is invalid');

new InvalidInputError<'refund.empty'>('refund.empty', 'the refund has no lines');
// @ts-expect-error an automation gives the codes that it declares
new InvalidInputError<'refund.empty'>('refund.emty', 'the refund has no lines');
// @ts-expect-error a code of an automation is declared
new InvalidInputError('refund.empty', 'the refund has no lines');

class MisspeltError extends WritError {
  // @ts-expect-error the code is misspelt
  readonly code = 'ledger.stoped';
  readonly fate = 'stop';
}

const thrown = new MisspeltError('for the types');
// @ts-expect-error no error of Writ has this code
export const isConflict = thrown.code === 'ledger.conflct';

if (isWritError(error, 'gate.decided', 'gate.expired')) {
  // @ts-expect-error the two codes that were asked for are the only ones
  error.code satisfies 'gate.decided';
}
