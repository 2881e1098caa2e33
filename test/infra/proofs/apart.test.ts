import { describe, expect, it } from 'vitest';
import { environmentOf } from '#infra/config/environment.ts';
import { DEV } from '../template.ts';
import { accountOf } from './account.ts';
import { type Belonging, belongingsOf, DECLARED, type Declared, SIGNS } from './belongings.ts';

const account = accountOf(DEV);

/** Whether a function can, by its own code or by Lambda acting for it. */
function can(who: Declared, { calls }: Belonging): boolean {
  return [account.code(who.name), account.onBehalfOf(who.name)].some(
    (caller) => account.ask(calls(caller)).decision === 'allowed',
  );
}

describe('for every two functions, what is one’s is denied to the other', () => {
  it.each(DECLARED.map((owner) => [owner.name, owner] as const))('what is %s’s', (_, owner) => {
    for (const belonging of belongingsOf(owner, account))
      for (const other of DECLARED)
        if (other !== owner)
          expect([other.name, belonging.sign, can(other, belonging)]).toEqual([
            other.name,
            belonging.sign,
            belonging.lent(other),
          ]);
  });

  it('in a cell, with egress isolated and under a boundary that allows everything', () => {
    const anything = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    };

    const prod = environmentOf({
      name: 'prod',
      region: 'eu-west-1',
      account: '333344445555',
      cell: 'acme',
      estate: { boundaryArn: 'arn:aws:iam::333344445555:policy/theirs' },
    });

    const elsewhere = accountOf(prod, anything);
    let denied = 0;

    for (const owner of DECLARED)
      for (const belonging of belongingsOf(owner, elsewhere))
        for (const other of DECLARED.filter((each) => each !== owner && !belonging.lent(each))) {
          for (const caller of [elsewhere.code(other.name), elsewhere.onBehalfOf(other.name)])
            expect([
              other.name,
              owner.name,
              belonging.sign,
              elsewhere.ask(belonging.calls(caller)).decision,
            ]).toEqual([other.name, owner.name, belonging.sign, 'denied']);

          denied++;
        }

    expect(denied).toBeGreaterThan(1_000);
  });
});

describe('every function can use what is its own', () => {
  it.each(DECLARED.map((owner) => [owner.name, owner] as const))('%s', (_, owner) => {
    // nobody decides or reads entries for themselves: one function does it for all
    const own = belongingsOf(owner, account).filter(
      ({ sign }) => !['i', 'g', 'b', 't'].includes(sign),
    );

    expect(own.length).toBeGreaterThan(0);

    // an intake is woken by others; it never wakes itself
    for (const belonging of own)
      if (belonging.sign !== 'w' || belonging.lent(owner))
        expect([belonging.sign, can(owner, belonging)]).toEqual([belonging.sign, true]);
  });

  it('takes messages by Lambda’s hand, and not by its code', () => {
    for (const owner of DECLARED.filter(({ queue }) => queue)) {
      const [messages] = belongingsOf(owner, account).filter(({ sign }) => sign === 'm');
      expect(account.ask(messages!.calls(account.onBehalfOf(owner.name))).decision).toBe('allowed');
      expect(account.ask(messages!.calls(account.code(owner.name))).decision).toBe('denied');
    }
  });
});

it('the matrix in the documents is the one that is proven', async () => {
  const functions = DECLARED.filter(({ automation }) => automation !== 'made-up');

  const cell = (who: Declared, whose: Declared) => {
    const signs = [
      ...new Set(
        belongingsOf(whose, account)
          .filter((belonging) => can(who, belonging))
          .map(({ sign }) => sign),
      ),
    ];
    return signs.length === 0 ? '·' : signs.join('');
  };

  const short = ({ name }: Declared) => name.replace('invoice-approval.', '');
  const rows = functions.map((who) => [
    `**${short(who)}**`,
    ...functions.map((whose) => (who === whose ? `*${cell(who, whose)}*` : cell(who, whose))),
  ]);

  const page = [
    '# Authority matrix',
    '',
    'Which function can reach the resources of which. A row is the function that acts, a column the owner',
    'of the resources. `·` means that every call is denied. A letter is something allowed, in *italics* on',
    'resources of its own. Every call is tried twice: by the code of the function, and by Lambda acting',
    'with its role. The answers are those of the policies in the synthesized templates: roles, boundary,',
    'and the policies of queues, secrets, tables and the key. `test/infra/proofs/apart.test.ts` generates',
    'this page and fails when it is not current.',
    '',
    '| letter | means |',
    '|---|---|',
    ...Object.entries(SIGNS).map(([sign, meaning]) => `| ${sign} | ${meaning} |`),
    '',
    `| | ${functions.map(short).join(' | ')} |`,
    `|---|${functions.map(() => '---').join('|')}|`,
    ...rows.map((row) => `| ${row.join(' | ')} |`),
    '',
    'Steps and intake open data of the same classes, so they can open each other’s: functions that declare',
    'a class share it. The runs of an automation are shared by all its functions that write entries.',
    'Everything else off the diagonal that is not `·` is declared: a step sends messages to the steps that',
    'follow it, and calls its vendor. Of the API, `runs` calls intakes, `gates` decides and sends messages',
    'to them, `trail` reads entries, and each group except `health` reads the directory.',
    '',
  ].join('\n');

  await expect(page).toMatchFileSnapshot('../../../docs/authority-matrix.md');
});
