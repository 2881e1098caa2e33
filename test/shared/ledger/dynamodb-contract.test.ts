import { describeLedger, type LedgerUnderTest } from '../../contracts/ledger.ts';
import { openDynamoStore } from '../../support/aws/dynamo-ledger.ts';
import {
  type FaultPlan,
  seededFaults,
  seededReadFaults,
} from '../../support/aws/dynamodb/faults.ts';

interface Circumstances {
  /** Indexes show nothing new until they are settled. */
  readonly lag?: true;
  /**
   * The messages of a cause are lost at its first run, as when the process ends between commit and
   * sending.
   */
  readonly loses?: true;
  /** Transactions conflict and are throttled, readings fail and come back in part, by seed. */
  readonly troubled?: true;
}

let seeds = 0;

async function open({ lag, loses, troubled }: Circumstances): Promise<LedgerUnderTest> {
  const store = await openDynamoStore();
  const { front, sender, clock } = store;
  if (lag) front.fallBehind();

  if (loses) sender.next = 'lost';

  if (troubled) {
    const seed = `contract ${++seeds}`;
    front.faults = passing(seededFaults(seed, { rate: 0.3, kinds: ['conflict', 'throttled'] }));
    front.readFaults = passing(seededReadFaults(seed, { rate: 0.2 }));
  }

  return {
    engine: 'aws',
    trail: store.trail,
    ledger: (name) => store.ledger(name),
    now: () => clock.now(),
    advance: (ms) => clock.advance(ms),
    async forge(entry, run, time) {
      const { faults } = front;
      front.faults = undefined;
      await store.forge(entry, run, time);
      front.faults = faults;
    },
    async alter(target, to) {
      const { faults } = front;
      front.faults = undefined;
      await store.alter(target, to);
      front.faults = faults;
    },
    async settle() {
      await front.catchUp();
      if (lag) front.fallBehind();
    },
    take: async (queue) => sender.take(queue),
    async redeliver(cause) {
      if (loses) await cause();
    },
    faults: troubled
      ? undefined
      : {
          loseReply(happened) {
            onNext(front, { kind: happened ? 'lost-after' : 'lost-before' });
          },
          refuseCall() {
            onNext(front, { kind: 'throttled' });
          },
        },
    close: () => store.close(),
  };
}

/** The same, but never so often in a row that a ledger would give up. */
function passing<F>(plan: FaultPlan<F>): FaultPlan<F> {
  let inARow = 0;
  return (nth, request) => {
    const fault = inARow < 3 ? plan(nth, request) : undefined;
    inARow = fault === undefined ? 0 : inARow + 1;
    return fault;
  };
}

/** Lets one transaction have a fault. */
function onNext(
  front: Awaited<ReturnType<typeof openDynamoStore>>['front'],
  fault: ReturnType<ReturnType<typeof seededFaults>>,
): void {
  front.faults = () => {
    front.faults = undefined;
    return fault;
  };
}

describeLedger('DynamoDB', () => open({}), { faults: true });
describeLedger('DynamoDB with indexes that lag, and messages lost after the commit', () =>
  open({ lag: true, loses: true }),
);
describeLedger('DynamoDB under conflicts and throttling', () => open({ troubled: true }));
