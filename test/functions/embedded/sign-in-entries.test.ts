import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordSignIn, SIGN_IN } from '#functions/embedded/sign-in-entries.ts';
import { type DirectoryBench, directoryBench } from '../../shared/identity/directory-bench.ts';
import { openDynamoStore } from '../../support/aws/dynamo-ledger.ts';

let bench: DirectoryBench;
beforeEach(async () => {
  bench = await directoryBench({ begun: false });
});
afterEach(() => bench.close());

describe('a try to sign in', () => {
  it('is an entry by the person who began a session, and by the function where nobody did', async () => {
    const ledger = bench.store.ledger(SIGN_IN);

    await recordSignIn(ledger, { outcome: 'ok', person: 'sample-clerk', session: 'session-1' });

    await recordSignIn(ledger, {
      outcome: 'denied',
      person: 'sample-clerk',
      code: 'sign-in.refused',
      count: 3,
    });

    await recordSignIn(ledger, { outcome: 'denied', code: 'sign-in.person' });

    const entries = await bench.entries();

    expect(entries.map(({ writer }) => writer)).toEqual(
      entries.map(() => expect.stringMatching(/^sign-in#/)),
    );

    expect(
      entries.map(({ workspace, action, outcome, actor, targets, why, count }) => ({
        workspace,
        action,
        outcome,
        actor,
        targets,
        why,
        count,
      })),
    ).toEqual([
      {
        workspace: 'platform',
        action: 'session.start',
        outcome: 'ok',
        actor: {
          kind: 'user',
          id: 'sample-clerk',
          auth: 'embedded',
          session: 'session-1',
          origin: 'local',
        },
        targets: [{ kind: 'person', id: 'sample-clerk' }],
      },
      {
        workspace: 'platform',
        action: 'session.start',
        outcome: 'denied',
        actor: { kind: 'service', id: 'sign-in' },
        targets: [{ kind: 'person', id: 'sample-clerk' }],
        why: { code: 'sign-in.refused' },
        count: 3,
      },
      {
        workspace: 'platform',
        action: 'session.start',
        outcome: 'denied',
        actor: { kind: 'service', id: 'sign-in' },
        why: { code: 'sign-in.person' },
      },
    ]);
  });

  it('is no entry in the cloud: the ledger there refuses it', async () => {
    const store = await openDynamoStore();
    const told = recordSignIn(store.ledger(SIGN_IN.name), {
      outcome: 'ok',
      person: 'sample-clerk',
    });
    await expect(told).rejects.toMatchObject({ code: 'audit.embedded-only', fate: 'refuse' });
    await store.close();
  });
});
