import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ledger } from '#shared/ledger/index.ts';

/** What is left of an invocation that died. */
export const DIED = Symbol('died');

interface Life {
  dead: boolean;
  end(): void;
  /** It dies at its next sending. */
  diesAtSend: boolean;
}

const life = new AsyncLocalStorage<Life>();

/**
 * Runs something that can die on its way, as a process does: nobody hears of it any more, and it
 * gets no further.
 */
export function mortal<T>(act: () => Promise<T>): Promise<T | typeof DIED> {
  return new Promise((resolve, reject) => {
    const own: Life = {
      dead: false,
      diesAtSend: false,
      end() {
        own.dead = true;
        resolve(DIED);
      },
    };

    life.run(own, () => act().then(resolve, reject));
  });
}

/** Ends what runs here, if it is mortal. */
export function die(): Promise<never> {
  life.getStore()?.end();
  return never();
}

export const diesAtSend = (): boolean => life.getStore()?.diesAtSend ?? false;

const never = () => new Promise<never>(() => {});
const isDead = () => life.getStore()?.dead ?? false;

/** Where a process dies, around a commit. */
export const CRASHES = ['before the commit', 'between commit and send', 'after the send'] as const;
export type Crash = (typeof CRASHES)[number];

/** A ledger that the dead cannot use, and at whose commits one can die. */
export function mortally(ledger: Ledger, crash: () => Crash | undefined): Ledger {
  const alive = async <T>(act: () => Promise<T>): Promise<T> => {
    if (isDead()) return never();
    const done = await act();
    return isDead() ? never() : done;
  };
  return {
    identity: ledger.identity,
    read: (targets) => alive(() => ledger.read(targets)),
    query: (query) => alive(() => ledger.query(query)),
    send: (messages) => alive(() => ledger.send(messages)),
    commit: (commit) =>
      alive(async () => {
        const here = crash();
        if (here === 'before the commit') return die();
        const own = life.getStore();
        if (own !== undefined) own.diesAtSend = here === 'between commit and send';
        const committed = await ledger.commit(commit);
        // with nothing to send, right after the commit
        return here === undefined ? committed : die();
      }),
  };
}
