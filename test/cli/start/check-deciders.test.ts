import { expect, it } from 'vitest';
import { checkDeciders } from '#cli/start/check-deciders.ts';
import type { RoleBody, RoleGrant } from '#shared/access/index.ts';
import { papers } from '../../functions/http/papers.ts';
import { httpBench } from '../../support/http.ts';

const decides: RoleGrant = { permissions: ['gate.read', 'gate.decide'] };
const reads: RoleGrant = { permissions: ['field.read'], classes: ['public', 'internal'] };
const bookkeeper = (...grants: RoleGrant[]): RoleBody => ({
  v: 'role/1',
  name: 'bookkeeper',
  says: 'decides about booking',
  grants,
});

it('lets automations be whose gates ask for built-in roles, or for custom ones of the directory that can decide there', async () => {
  const { platform } = await httpBench();
  await checkDeciders(platform);
  for (const role of [
    bookkeeper(decides, reads),
    bookkeeper({ ...decides, stages: ['booking'] }, { ...reads, automations: ['contract-review'] }),
  ])
    await checkDeciders((await papers({ roles: [role], people: [] })).platform);
});

it.each([
  ['is not in the directory', [], 'requires the role "bookkeeper", which is not in the directory'],
  ['may not decide', [bookkeeper(reads)], 'which does not grant gate.read, gate.decide there'],
  [
    'may decide in another automation alone',
    [bookkeeper({ ...decides, automations: ['memo'] }, reads)],
    'does not grant gate.read, gate.decide there',
  ],
  [
    'may not read what the gate shows',
    [bookkeeper(decides, { ...reads, classes: ['public'] })],
    'does not grant field.read of internal fields there',
  ],
])('refuses a gate whose custom role %s, and says what it lacks', async (_, roles, words) => {
  const { platform } = await papers({ roles, people: [] });

  await expect(checkDeciders(platform)).rejects.toMatchObject({
    code: 'gate.undecidable',
    message: expect.stringMatching(
      new RegExp(
        `^some gates cannot be decided: gate book-ok of automation contract-review .*${words}$`,
      ),
    ),
  });
});
