import type { Configuration } from './config/environment.ts';

/**
 * Environments that `npm run synth` makes stacks for: the one file an operator edits.
 *
 * `infra/config/environment.ts` documents each setting and its default; `docs/deploy.md` walks
 * through a first deployment, several accounts and regions, cells and an existing estate.
 */
export default {
  productionAccounts: [],
  environments: [{ name: 'dev', region: 'eu-central-1' }],
} satisfies Configuration;
