import type { Configuration } from './config/environment.ts';

/**
 * Environments for which `npm run synth` creates stacks. This is the only file that an operator
 * edits.
 *
 * `infra/config/environment.ts` documents each setting and its default; `docs/deploy.md` walks
 * through a first deployment, several accounts and regions, cells and an existing estate.
 */
export default {
  productionAccounts: [],
  environments: [{ name: 'dev', region: 'eu-central-1' }],
} satisfies Configuration;
