import { describe, expect, it } from 'vitest';
import { ACTIONS, type Action, type Actor, functionOf, isAttested } from '#shared/audit/index.ts';

const by = (id: string): Actor => ({ kind: 'service', id });
const PERSON: Actor = { kind: 'user', id: 'p1', auth: 'oidc' };
const FUNCTIONS = [
  'runs',
  'gates',
  'trail',
  'workspaces',
  'review.intake',
  'review.dead',
  'review.sweeper',
  'review.pay',
  'review.tell',
];

describe('an entry of a run', () => {
  it.each([
    ['run.request', PERSON, undefined, ['runs']],
    ['run.start', PERSON, undefined, ['review.intake']],
    ['gate.pass', PERSON, undefined, []],
    ['run.park', PERSON, undefined, []],
    ['step.done', 'itself', 'intake', []],
    ['effect.claim', PERSON, 'intake', []],
    ['run.refuse', PERSON, undefined, ['review.intake']],
    ['run.read', PERSON, undefined, ['runs']],
    ['trail.read', PERSON, undefined, ['trail']],
    ['gate.read', PERSON, undefined, ['gates']],
    ['gate.decide', PERSON, undefined, ['gates']],
    ['gate.decide', PERSON, 'pay', ['gates']],
    ['gate.pass', 'itself', undefined, ['review.intake']],
    ['run.mark', 'itself', 'pay', ['review.dead']],
    ['run.park', 'itself', 'pay', ['review.intake', 'review.dead', 'review.pay']],
    ['step.done', 'itself', 'pay', ['review.pay']],
    ['step.done', PERSON, 'pay', []],
    ['step.done', by('gates'), 'pay', []],
    ['step.done', 'itself', undefined, []],
    ['effect.claim', 'itself', 'tell', ['review.tell']],
    ['workspace.create', PERSON, undefined, []],
  ] satisfies [Action, Actor | 'itself', string | undefined, string[]][])(
    'is first-hand where the function tells of what it does: %s by %o, step %s',
    (action, actor, step, expected) => {
      const entryOf = (fn: string) => ({
        action,
        actor: actor === 'itself' ? by(fn) : actor,
        step,
      });
      expect(FUNCTIONS.filter((fn) => isAttested(entryOf(fn), fn))).toEqual(expected);
    },
  );

  it('is never first-hand by a function of no known kind', () => {
    for (const action of Object.keys(ACTIONS) as Action[]) {
      for (const fn of ['', '.', 'review.', 'vendor.bank', 'constructor'])
        expect([action, fn, isAttested({ action, actor: by(fn) }, fn)]).toEqual([
          action,
          fn,
          false,
        ]);
    }
  });

  it('is of the function that its writer is named after', () => {
    expect(['review.pay#abc', 'gates#x#y', 'odd'].map(functionOf)).toEqual([
      'review.pay',
      'gates',
      'odd',
    ]);
  });
});
