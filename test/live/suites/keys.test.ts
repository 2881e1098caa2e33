import { afterAll, beforeAll } from 'vitest';
import { kmsKeys } from '#shared/crypto/adapters/kms.ts';
import { describeKeyService } from '../../contracts/key-service.ts';
import { destroyAll } from '../clients.ts';
import { makeKey } from '../resources/keys.ts';
import { live } from './live.ts';

const { run, clients } = live();
/**
 * Two keys for all tests, as each is there for days: whatever is wrapped under one stays closed
 * under the other.
 */
const keyIds: string[] = [];
beforeAll(async () => {
  for (let i = 0; i < 2; i++) keyIds.push(await makeKey(clients, run.id));
});
afterAll(() => destroyAll(clients));

describeKeyService('of AWS', () => {
  const [keyId = '', otherId = ''] = keyIds;
  return {
    open: () => kmsKeys({ client: clients.kms, keyId }),
    other: () => kmsKeys({ client: clients.kms, keyId: otherId }),
    close: () => {},
  };
});
