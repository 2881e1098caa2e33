import { LOCAL_ISSUER } from '#functions/embedded/local-issuer.ts';
import type { RunningPlatform } from '#functions/embedded/platform.ts';
import { operator, SAMPLE_PEOPLE } from '../demo/people.ts';

/** Workspaces of the sample people. */
export const WORKSPACES = ['acme', 'globex'];

/** Creates the missing sample workspaces and people. */
export async function seedPeople(platform: RunningPlatform): Promise<void> {
  for (const workspace of WORKSPACES) await platform.workspaces.create(workspace, operator);

  const people = SAMPLE_PEOPLE.map(({ id, role, workspaces }) => ({
    id,
    login: { issuer: LOCAL_ISSUER, subject: id },
    roles: [role],
    workspaces,
  }));

  await platform.people.seed(people, operator);
}
