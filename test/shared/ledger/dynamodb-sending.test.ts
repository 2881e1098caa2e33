import { describe, expect, it } from 'vitest';
import type { DynamoLedgerOptions } from '#shared/ledger/adapters/dynamodb/ledger.ts';
import {
  type Change,
  type Commit,
  LedgerUnavailableError,
  type Message,
} from '#shared/ledger/index.ts';
import {
  bench,
  benchForEachTest,
  COMMIT_ATTEMPTS,
  endOf,
  entry,
  insert,
  ledger,
  message,
  one,
  put,
  replace,
  runKey,
  STALE,
  times,
} from './dynamodb-bench.ts';

benchForEachTest();

const sending = (changes: readonly Change[], ...messages: Message[]): Commit => ({
  changes,
  entries: [entry()],
  messages,
});
const marked = (id: string): Change => ({ ...insert(id), sweepAt: 5 }) as Change;
const taken = () => bench.sender.take('invoice-approval.pay').map(({ run }) => run);
const standing = async (id: string) => (await ledger.read([runKey(id)]))[0] !== undefined;

describe('messages of a commit', () => {
  it('are sent after it, and not when it did not happen', async () => {
    await ledger.commit(sending([insert('r1')], message('r1'), message('r1b')));
    expect(taken()).toEqual(['r1', 'r1b']);
    expect(await endOf(ledger.commit(sending([insert('r1')], message('r1'))))).toBe(
      'ledger.conflict',
    );
    bench.next(...times(COMMIT_ATTEMPTS, 'lost-before' as const));
    expect(await endOf(ledger.commit(sending([insert('r2')], message('r2'))))).toBe(
      'ledger.unknown',
    );
    expect(taken()).toEqual([]);
    expect(bench.counted()).not.toHaveProperty('MessagesUnsent');
  });

  it('are sent after a commit that was proved by its entry', async () => {
    bench.next('lost-after', 'token-expired');
    await ledger.commit(sending([insert('r1')], message('r1')));
    expect(taken()).toEqual(['r1']);
  });

  it.each([
    ['leaves no mark', () => [insert('r1')]],
    ['changes nothing', () => []],
  ] as [string, () => Change[]][])(
    'that cannot be sent are told of where the commit %s: it is there',
    async (_, changes) => {
      bench.sender.next = 'refused';

      const error = await ledger
        .commit(sending(changes(), message('r1'), message('r2')))
        .catch((error) => error);

      expect(error).toMatchObject({ code: 'ledger.unsent', fate: 'retry' });
      expect(error.cause).toBeInstanceOf(LedgerUnavailableError);
      expect(bench.counted()).toEqual({ MessagesUnsent: 2 });
      expect(await bench.check()).toEqual({ entries: 1, problems: [] });
      expect(await standing('r1')).toBe(changes().length > 0);
      expect(await endOf(ledger.commit(one(insert('r2'))))).toBe('n 2');
    },
  );

  it('that cannot be sent are left to the sweeper where the commit left a mark: it is there, and the caller is told of nothing', async () => {
    bench.sender.next = 'refused';

    const { revisions } = await ledger.commit(sending([insert('r0'), marked('r1')], message('r1')));

    expect(bench.counted()).toEqual({ MessagesUnsent: 1 });
    bench.sender.next = 'refused';

    const again: Change = { ...replace('r0', revisions.get(runKey('r0'))!), sweepAt: 9 } as Change;

    await ledger.commit(sending([again], message('r0'), message('r0')));
    expect(bench.counted()).toEqual({ MessagesUnsent: 3 });

    const found = await ledger.query({
      by: 'sweep',
      automation: 'invoice-approval',
      until: 10,
      limit: 5,
    });

    expect(found.documents.map(({ target }) => target)).toEqual([runKey('r1'), runKey('r0')]);
  });

  it('that cannot be sent are told of where the commit takes a mark off', async () => {
    const { revisions } = await ledger.commit(one(marked('r1')));

    bench.sender.next = 'refused';

    const cleared = replace('r1', revisions.get(runKey('r1'))!);

    expect(await endOf(ledger.commit(sending([cleared], message('r1'))))).toBe('ledger.unsent');
    bench.sender.next = 'refused';

    const unmarked = ledger.commit({
      unmark: [runKey('r1')],
      entries: [entry()],
      messages: [message('r1')],
    });

    expect(await endOf(unmarked)).toBe('ledger.unsent');
  });

  it('are not asked for when there are none', async () => {
    bench.sender.next = 'refused';
    await ledger.commit(one(insert('r1')));
    expect(bench.sender.next).toBe('refused');
  });

  it('do not hold up the next commit while they are being sent', async () => {
    const sent = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();

    const sender = {
      send: () => {
        began.resolve();
        return sent.promise;
      },
    };

    const slow = bench.ledger(undefined, { sender });
    let isDone = false;
    const first = slow.commit(sending([insert('r1')], message('r1'))).then(() => {
      isDone = true;
    });

    await began.promise;
    expect(await endOf(slow.commit(one(insert('r2'))))).toBe('n 2');
    expect(isDone).toBe(false); // its caller is told when word of it is out
    sent.resolve();
    await first;
  });
});

describe('commits of one ledger', () => {
  /** A client that says how many transactions of a writer's name were under way at once. */
  function watched(): {
    readonly client: DynamoLedgerOptions['client'];
    readonly most: Map<string, number>;
    all: () => number;
  } {
    const { client } = bench.options;
    const open = new Map<string, number>();
    const most = new Map<string, number>();
    let mostOfAll = 0;

    const send = async (command: {
      readonly input: { readonly TransactStatements?: readonly { Parameters: { S?: string }[] }[] };
    }) => {
      const last = command.input.TransactStatements?.at(-1);
      if (last === undefined) return client.send(command as never);

      const writer = last.Parameters[0]?.S ?? '';

      open.set(writer, (open.get(writer) ?? 0) + 1);
      most.set(writer, Math.max(most.get(writer) ?? 0, open.get(writer) ?? 0));
      mostOfAll = Math.max(
        mostOfAll,
        [...open.values()].reduce((sum, count) => sum + count, 0),
      );

      try {
        return await client.send(command as never);
      } finally {
        open.set(writer, (open.get(writer) ?? 0) - 1);
      }
    };

    return {
      client: { send: send as unknown as DynamoLedgerOptions['client']['send'] },
      most,
      all: () => mostOfAll,
    };
  }

  it('are made one after another, in the order they were asked for, and those of two ledgers at once', async () => {
    const { client, most, all } = watched();
    const ledgers = [bench.ledger(undefined, { client }), bench.ledger(undefined, { client })];
    const ends = await Promise.all(
      ledgers.flatMap((each, l) =>
        Array.from({ length: 10 }, (_, i) => endOf(each.commit(one(insert(`r${l}.${i}`))))),
      ),
    );

    const inOrder = Array.from({ length: 10 }, (_, i) => `n ${i + 1}`);

    expect(ends).toEqual([...inOrder, ...inOrder]);
    expect([...most.values()]).toEqual([1, 1]);
    expect(all()).toBe(2);
  });

  it('do not wait for ever, nor fail, because one before them failed', async () => {
    const { client, most } = watched();
    const own = bench.ledger(undefined, { client });

    await put(own, 'r0');
    // the third finds no answer: those after it go on under another writer
    bench.next(undefined, undefined, ...times(COMMIT_ATTEMPTS, 'lost-before' as const));

    const commits = [
      insert('r1'),
      replace('r9', STALE),
      insert('r2'),
      insert('r3'),
      insert('r0'),
      insert('r4'),
    ];

    const ends = await Promise.all(commits.map((change) => endOf(own.commit(one(change)))));

    expect(ends).toEqual([
      'n 2',
      'ledger.conflict',
      'ledger.unknown',
      'n 1',
      'ledger.conflict',
      'n 2',
    ]);

    expect([...most.values()]).toEqual([1, 1]);
    expect(await bench.check()).toEqual({ entries: 4, problems: [] });
  });

  it('that are of no form that any ledger takes fail at once and take no turn', async () => {
    const pending = ledger.commit(one(insert('r1')));
    expect(await endOf(ledger.commit({ entries: [] } as never))).toBe('ledger.refused');
    expect(await endOf(pending)).toBe('n 1');
    expect(await endOf(ledger.commit({ entries: [entry({ action: 'rollout.seed' })] }))).toBe(
      'audit.embedded-only',
    );
    expect(await endOf(ledger.commit(one(insert('r2'))))).toBe('n 2');
  });
});
